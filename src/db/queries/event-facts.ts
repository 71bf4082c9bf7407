/** Reads an event as the state machine sees it, holding its row so that one fact at a time is judged. */
import { type EventTypeId, eventStateName } from '../../domain/event.ts'
import type { BuildFacts, EventFacts } from '../../domain/rebuild/facts.ts'
import { buildStateName } from '../../domain/rebuild/states.ts'
import type { EntityManager } from '../orm.ts'

type EventFactsRow = { id: number; event_type_id: EventTypeId; state: number; search_key: string }
type BuildFactsRow = {
  id: number
  original_nvr: string | null
  state: number
  state_reason: string | null
  dep_on_id: number | null
  build_id: number | null
  retry_count: number
  compose_ids: number[] | null
}

const BUILDS = `
  select b.id, b.original_nvr, b.state, b.state_reason, b.dep_on_id, b.build_id,
         coalesce((b.build_args::jsonb ->> 'retry_count')::int, 0) as retry_count,
         (select array_agg(c.odcs_compose_id order by c.odcs_compose_id)
            from artifact_build_composes l join composes c on c.id = l.compose_id
           where l.build_id = b.id) as compose_ids
    from artifact_builds b
   where b.event_id = ?
   order by b.id`

/**
 * Locks the event's row until the transaction of `em` ends and returns the event with all its builds;
 * undefined when there is no such event. All writers of an event and its builds come through this lock.
 */
export async function lockEventFacts(em: EntityManager, eventId: number): Promise<EventFacts | undefined> {
  const lock = 'select id, event_type_id, state, search_key from events where id = ? for update'
  const [event] = await em.execute<EventFactsRow[]>(lock, [eventId])
  if (!event) return undefined
  const builds = await em.execute<BuildFactsRow[]>(BUILDS, [eventId])
  return {
    id: event.id,
    type: event.event_type_id,
    state: known(eventStateName(event.state)),
    searchKey: event.search_key,
    builds: builds.map(toFacts),
  }
}

function toFacts(row: BuildFactsRow): BuildFacts {
  return {
    id: row.id,
    originalNvr: row.original_nvr ?? '',
    state: known(buildStateName(row.state)),
    stateReason: row.state_reason,
    depOnId: row.dep_on_id,
    taskId: row.build_id,
    retryCount: row.retry_count,
    composeIds: row.compose_ids ?? [],
  }
}

/** The check constraints of the tables let no other state in. */
function known<T>(state: T | undefined): T {
  if (state === undefined) throw new Error('a state number that is none of the known ones')
  return state
}
