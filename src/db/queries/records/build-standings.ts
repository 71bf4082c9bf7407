/** The builds of an event with everything that they wait for, in a few statements for any number of builds. */
import { eventStateName } from '../../../domain/event.ts'
import { composeStateName } from '../../../domain/rebuild/compose-state.ts'
import type { BuildWait, NamedBuild, StandingFacts } from '../../../domain/rebuild/standing.ts'
import { buildStateName } from '../../../domain/rebuild/states.ts'
import type { EntityManager } from '../../orm.ts'
import { dateOrNull } from '../../values.ts'
import { BUILDS_WITH_PARENT, buildIs, composeHolds, knownState } from '../conditions.ts'
import type { WaitRow } from '../waits.ts'

type Row = Pick<
  StandingFacts,
  | 'id'
  | 'name'
  | 'originalNvr'
  | 'rebuiltNvr'
  | 'taskId'
  | 'stateReason'
  | 'failureDetail'
  | 'retryCount'
  | 'target'
> & {
  state: number
  eventState: number
  parentId: number | null
  parentName: string | null
  parentState: number | null
  taskSubmittedAt: string | null
  completedAt: string | null
  submitAfter: string | null
  claimUntil: string | null
}

const BUILDS = `
  select b.id, b.name, b.original_nvr as "originalNvr", b.rebuilt_nvr as "rebuiltNvr", b.state,
         e.state as "eventState", p.id as "parentId", p.name as "parentName", p.state as "parentState",
         b.build_id as "taskId", b.task_submitted_at as "taskSubmittedAt", b.time_completed as "completedAt",
         b.state_reason as "stateReason", b.failure_detail as "failureDetail", b.retry_count as "retryCount",
         b.submit_after as "submitAfter", b.target,
         case when b.submit_claim is not null then b.submit_claim_until end as "claimUntil"
    from ${BUILDS_WITH_PARENT} where b.event_id = ?`

const COMPOSES = `
  select b.id, c.odcs_compose_id as "odcsId", c.state from artifact_builds b
    join artifact_build_composes l on l.build_id = b.id join composes c on c.id = l.compose_id
   where b.event_id = ? and ${buildIs('b', 'PLANNED')} and ${composeHolds('c')} order by b.id, c.odcs_compose_id`

const OPEN_REQUESTS = `
  select b.id, count(*)::int as requests from artifact_builds b
    join build_compose_requests w on w.build_id = b.id join compose_requests q on q.id = w.request_id
   where b.event_id = ? and ${buildIs('b', 'PLANNED')} and q.compose_id is null group by b.id`

const CANCELLATIONS = `
  select b.id, c.task_id as "taskId" from task_cancellations c join artifact_builds b on b.id = c.build_id
   where b.event_id = ?`

/**
 * All builds of an event in the order of their ids, or the one of the image `nvr`. `waits` are all waits of the event: those
 * without a build are for the requests of composes.
 */
export async function standingFactsOf(
  em: EntityManager,
  eventId: number,
  { nvr, waits }: { nvr: string | undefined; waits: readonly WaitRow[] },
): Promise<StandingFacts[]> {
  const ofImage =
    nvr === undefined ? { sql: '', values: [] } : { sql: ' and b.original_nvr = ?', values: [nvr] }
  const rows = await em.execute<Row[]>(`${BUILDS}${ofImage.sql} order by b.id`, [eventId, ...ofImage.values])
  const composes = await em.execute<{ id: number; odcsId: number; state: number | null }[]>(COMPOSES, [
    eventId,
  ])
  const requests = await em.execute<{ id: number; requests: number }[]>(OPEN_REQUESTS, [eventId])
  const cancellations = await em.execute<{ id: number; taskId: number | null }[]>(CANCELLATIONS, [eventId])
  const composesOf = Map.groupBy(composes, ({ id }) => id)
  const requestsOf = new Map(requests.map((row) => [row.id, row.requests]))
  const cancellationOf = new Map(cancellations.map(({ id, taskId }) => [id, { taskId }]))
  const waitsOf = Map.groupBy(waits, ({ buildId }) => buildId)
  return rows.map((row) => {
    const openRequests = requestsOf.get(row.id) ?? 0
    const ofRequests = openRequests > 0 ? (waitsOf.get(null) ?? []) : []
    return {
      ...factsOf(row),
      composes: (composesOf.get(row.id) ?? []).map(({ odcsId, state }) => ({
        odcsId,
        state: state === null ? null : (composeStateName(state) ?? null),
      })),
      openRequests,
      cancellation: cancellationOf.get(row.id) ?? null,
      waits: [...(waitsOf.get(row.id) ?? []), ...ofRequests] satisfies BuildWait[],
    }
  })
}

function factsOf({ parentId, parentName, parentState, ...row }: Row) {
  const parent: NamedBuild | null =
    parentId === null || parentState === null
      ? null
      : { id: parentId, name: parentName ?? '', state: knownState(buildStateName(parentState)) }
  return {
    ...row,
    state: knownState(buildStateName(row.state)),
    eventState: knownState(eventStateName(row.eventState)),
    parent,
    taskSubmittedAt: dateOrNull(row.taskSubmittedAt),
    completedAt: dateOrNull(row.completedAt),
    submitAfter: dateOrNull(row.submitAfter),
    claimUntil: dateOrNull(row.claimUntil),
  }
}
