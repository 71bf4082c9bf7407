/** Reads an event as the state machine sees it, with its row locked, so that no two transactions judge it at the same time. */
import { type EventTypeId, eventStateName } from '../../domain/event.ts'
import { buildStateName } from '../../domain/rebuild/states.ts'
import type { BuildFacts, EventFacts } from '../../domain/rebuild/transition/facts.ts'
import type { Scope } from '../../domain/rebuild/transition/scope.ts'
import type { EntityManager } from '../orm.ts'
import { idArray } from '../values.ts'
import { buildIs, knownState } from './conditions.ts'

type EventFactsRow = { id: number; event_type_id: EventTypeId; state: number; search_key: string }
type BuildFactsRow = {
  id: number
  original_nvr: string | null
  state: number
  state_reason: string | null
  dep_on_id: number | null
  build_id: number | null
  retry_count: number
}
type ComposesRow = { id: number; compose_ids: number[] }

const COLUMNS = 'b.id, b.original_nvr, b.state, b.state_reason, b.dep_on_id, b.build_id, b.retry_count'

const BUILDS = `select ${COLUMNS} from artifact_builds b where b.event_id = ? order by b.id`

/** The array keeps the planner from joining with all builds of the event, whose number it underestimates until the table is analyzed. */
const BUILDS_AROUND = `
  with recursive given as (select ?::int as event, ?::int[] as near, ?::int[] as below),
    descendants (id) as (
      select unnest(below) from given
      union
      select c.id from descendants d join artifact_builds c on c.dep_on_id = d.id),
    wanted (id) as (
      select id from descendants
      union select unnest(near) from given
      union select c.id from given g join artifact_builds c on c.dep_on_id = any(g.near)
      union select c.dep_on_id from given g join artifact_builds c on c.id = any(g.near || g.below)),
    found as materialized (select * from artifact_builds where id = any(array(select id from wanted)))
  select ${COLUMNS} from found b where b.event_id = (select event from given) order by b.id`

const ANOTHER_OPEN = `
  select ${COLUMNS} from artifact_builds b
   where b.event_id = ? and ${buildIs('b', 'PLANNED', 'BUILD')} and not (b.id = any(?::int[])) limit 1`

const COMPOSES = `
  select l.build_id as id, array_agg(c.odcs_compose_id order by c.odcs_compose_id) as compose_ids
    from artifact_builds b join artifact_build_composes l on l.build_id = b.id join composes c on c.id = l.compose_id
   where b.event_id = ? group by l.build_id`

/**
 * Locks the event's row until the transaction of `em` ends and returns the event with its builds; undefined when there is no such
 * event. All writers of an event and its builds take this lock. Rows that only refer to the event, such as waits and forecasts, can be
 * added meanwhile: a large plan takes seconds.
 *
 * With a `scope` only the builds in it and one other open build are returned, without composes: facts of that scope are then judged
 * as with all builds. When no other build is open, all builds are returned.
 */
export async function lockEventFacts(
  em: EntityManager,
  eventId: number,
  scope: Scope | null = null,
): Promise<EventFacts | undefined> {
  const lock = 'select id, event_type_id, state, search_key from events where id = ? for no key update'
  const [event] = await em.execute<EventFactsRow[]>(lock, [eventId])
  if (!event) return undefined
  return {
    id: event.id,
    type: event.event_type_id,
    state: knownState(eventStateName(event.state)),
    searchKey: event.search_key,
    builds: (scope && (await buildsAround(em, eventId, scope))) ?? (await allBuilds(em, eventId)),
  }
}

async function allBuilds(em: EntityManager, eventId: number): Promise<BuildFacts[]> {
  const builds = await em.execute<BuildFactsRow[]>(BUILDS, [eventId])
  const composes = await em.execute<ComposesRow[]>(COMPOSES, [eventId])
  const composesOf = new Map(composes.map((row) => [row.id, row.compose_ids]))
  return builds.map((row) => toFacts(row, composesOf.get(row.id) ?? []))
}

/** Undefined where no other build is open: then the facts may end the event, and its end counts all its builds. */
async function buildsAround(
  em: EntityManager,
  eventId: number,
  { near, below }: Scope,
): Promise<BuildFacts[] | undefined> {
  const around = await em.execute<BuildFactsRow[]>(BUILDS_AROUND, [eventId, idArray(near), idArray(below)])
  const ids = around.map(({ id }) => id)
  const open = await em.execute<BuildFactsRow[]>(ANOTHER_OPEN, [eventId, idArray(ids)])
  return open.length > 0 ? [...around, ...open].map((row) => toFacts(row, [])) : undefined
}

function toFacts(row: BuildFactsRow, composeIds: number[]): BuildFacts {
  return {
    id: row.id,
    originalNvr: row.original_nvr ?? '',
    state: knownState(buildStateName(row.state)),
    stateReason: row.state_reason,
    depOnId: row.dep_on_id,
    taskId: row.build_id,
    retryCount: row.retry_count,
    composeIds,
  }
}
