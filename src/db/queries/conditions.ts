/** Conditions on rows, written with the names of states: no statement compares state numbers by itself. */
import { type EventState, eventStateId } from '../../domain/event.ts'
import { composeStateId, USABLE_COMPOSE_STATES } from '../../domain/rebuild/compose-state.ts'
import { type BuildState, buildStateId } from '../../domain/rebuild/states.ts'

/** SQL that is true when the build of `alias` is in one of these states. */
export const buildIs = (alias: string, ...states: BuildState[]): string =>
  `${alias}.state in (${states.map(buildStateId).join(', ')})`

/** SQL that is true when the event of `alias` is in one of these states. */
export const eventIs = (alias: string, ...states: EventState[]): string =>
  `${alias}.state in (${states.map(eventStateId).join(', ')})`

/** SQL that is true when nothing was really built for the build of alias `build`: a setting made it a dry run, or its event is one. */
export const isDryRun = (build: string, event: string): string =>
  `(coalesce(${event}.dry_run, false) or coalesce(${build}.build_id < 0, false))`

/**
 * SQL that is true while the compose of `alias` holds its planned builds back, as far as ODCS has reported. A failed one
 * does so too, until the state machine has ended them: nothing is submitted on it in between.
 */
export const composeHolds = (alias: string): string =>
  `(${alias}.state is null or ${alias}.state not in (${USABLE_COMPOSE_STATES.map(composeStateId).join(', ')}))`

/** What `READY` refers to: a build `b` of the table or CTE `builds`, its event `e` and its parent `p`. */
export const withParent = (builds: string): string => `${builds} b join events e on e.id = b.event_id
  left join artifact_builds p on p.id = b.dep_on_id`

/** Any build with its event and its parent. */
export const BUILDS_WITH_PARENT = withParent('artifact_builds')

/**
 * Ready to submit, the one definition: planned in a running event, its parent DONE (or none), its composes usable
 * and none still to be requested. The delay before a further attempt and claims are separate: they end by themselves.
 */
export const READY = `${buildIs('b', 'PLANNED')} and ${eventIs('e', 'BUILDING')} and (p.id is null or ${buildIs('p', 'DONE')})
  and not exists (select 1 from artifact_build_composes l join composes c on c.id = l.compose_id
                   where l.build_id = b.id and ${composeHolds('c')})
  and not exists (select 1 from build_compose_requests w join compose_requests q on q.id = w.request_id
                   where w.build_id = b.id and q.compose_id is null)`

/** SQL that is true while a compose is still to be requested: request `q` of a running event `e` that planned builds wait for. */
export const REQUEST_IS_DUE = `q.compose_id is null and ${eventIs('e', 'BUILDING')}
  and exists (select 1 from build_compose_requests w join artifact_builds b on b.id = w.build_id
               where w.request_id = q.id and ${buildIs('b', 'PLANNED')})`

/** SQL that is true when all builds of the event `e` have ended and the event has not. */
export const TO_END = `${eventIs('e', 'BUILDING')}
  and not exists (select 1 from artifact_builds b where b.event_id = e.id and ${buildIs('b', 'BUILD', 'PLANNED')})`

/**
 * SQL for the seconds that the task of build `alias` took: by the clock of the build system, which is recorded in the moment in which
 * the build is done, else until its end was noticed here. Null where neither is known.
 */
export const secondsTaken = (alias: string): string =>
  `coalesce((select d.seconds from build_durations d where d.name = ${alias}.name and d.recorded_at = ${alias}.time_completed limit 1),
            extract(epoch from ${alias}.time_completed - ${alias}.task_submitted_at))::float8`

/** SQL that is true when no delay before a further attempt holds the build back; takes the current time. */
export const NOT_DELAYED = '(b.submit_after is null or b.submit_after <= ?)'

/** The name that was looked up for a stored state. @throws Error without one, which the check constraints of the tables prevent */
export function knownState<T>(name: T | undefined): T {
  if (name === undefined) throw new Error('unknown state number')
  return name
}
