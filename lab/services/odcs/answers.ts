/** The JSON of a compose: lists are joined into one text, except flags and results (behaviour/services 1). */
import { COMPOSE_STATES, type Compose, SOURCE_TYPES } from './state.ts'

/** The topic of the messages about composes. */
export const COMPOSE_TOPIC = 'VirtualTopic.eng.odcs.state.change'

const TARGET = 'http://odcs.example.com/composes'

/** A compose as in the answers and the messages of ODCS. */
export function composeStruct(compose: Compose): Record<string, unknown> {
  const joined = (list: readonly string[]) => (list.length > 0 ? list.join(' ') : null)
  const top = `${TARGET}/odcs-${compose.id}`
  const lifetimeStart = compose.doneAt ?? compose.submittedAt
  return {
    id: compose.id,
    owner: compose.owner,
    source_type: SOURCE_TYPES[compose.sourceType],
    source: compose.source,
    state: COMPOSE_STATES[compose.state],
    state_name: compose.state,
    state_reason: compose.stateReason,
    time_submitted: timeText(compose.submittedAt),
    time_started: timeText(compose.startedAt),
    time_done: timeText(compose.doneAt),
    time_removed: null,
    time_to_expire: timeText(lifetimeStart + compose.secondsToLive * 1000),
    removed_by: null,
    result_repo: `${top}/compose/Temporary`,
    result_repofile: `${top}/compose/Temporary/odcs-${compose.id}.repo`,
    toplevel_url: top,
    flags: compose.flags,
    results: ['repository'],
    sigkeys: compose.sigkeys.join(' '),
    koji_event: null,
    koji_task_id: null,
    packages: joined(compose.packages),
    builds: joined(compose.builds),
    arches: joined(compose.arches),
    multilib_arches: null,
    multilib_method: 0,
    lookaside_repos: null,
    modular_koji_tags: null,
    module_defaults_url: null,
    label: null,
    compose_type: 'test',
    pungi_compose_id: null,
    target_dir: 'default',
    scratch_modules: null,
    parent_pungi_compose_ids: null,
    scratch_build_tasks: null,
    modules: joined(compose.modules),
    respin_of: null,
  }
}

function timeText(ms: number | null): string | null {
  return ms === null ? null : `${new Date(ms).toISOString().slice(0, 19)}Z`
}
