/** Reads an event as the state machine sees it, holding its row so that one fact at a time is judged. */
import { type EventTypeId, eventStateName } from '../../domain/event.ts'
import { buildStateName } from '../../domain/rebuild/states.ts'
import type { BuildFacts, EventFacts } from '../../domain/rebuild/transition/facts.ts'
import type { EntityManager } from '../orm.ts'
import { knownState } from './conditions.ts'

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

const BUILDS = `
  select id, original_nvr, state, state_reason, dep_on_id, build_id, retry_count
    from artifact_builds where event_id = ? order by id`

const COMPOSES = `
  select l.build_id as id, array_agg(c.odcs_compose_id order by c.odcs_compose_id) as compose_ids
    from artifact_builds b join artifact_build_composes l on l.build_id = b.id join composes c on c.id = l.compose_id
   where b.event_id = ? group by l.build_id`

/**
 * Locks the event's row until the transaction of `em` ends and returns the event with all its builds;
 * undefined when there is no such event. All writers of an event and its builds come through this lock.
 */
export async function lockEventFacts(em: EntityManager, eventId: number): Promise<EventFacts | undefined> {
  const lock = 'select id, event_type_id, state, search_key from events where id = ? for update'
  const [event] = await em.execute<EventFactsRow[]>(lock, [eventId])
  if (!event) return undefined
  const builds = await em.execute<BuildFactsRow[]>(BUILDS, [eventId])
  const composes = await em.execute<ComposesRow[]>(COMPOSES, [eventId])
  const composesOf = new Map(composes.map((row) => [row.id, row.compose_ids]))
  return {
    id: event.id,
    type: event.event_type_id,
    state: knownState(eventStateName(event.state)),
    searchKey: event.search_key,
    builds: builds.map((row) => toFacts(row, composesOf.get(row.id) ?? [])),
  }
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
