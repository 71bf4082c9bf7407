/** Decides what becomes of events and builds that Freshmaker has not finished (decision 0030). */
import { type EventTypeId, eventTypeName } from '../event.ts'
import { eventSubject } from '../event-subject.ts'
import { isTerminalBuildState, isTerminalEventState } from '../rebuild/states.ts'
import { importText } from '../rebuild/texts.ts'
import { MAX_ATTEMPTS } from '../rebuild/transition/facts.ts'
import type { BuildRow, EventRow, Timestamp } from './rows.ts'

/** Freshmaker stops following the tasks of events that are older. */
const FOLLOWED_MS = 7 * 86_400_000

/** Whether the event is only imported on request. */
export function isRunning({ state }: Pick<EventRow, 'state'>): boolean {
  return !isTerminalEventState(state)
}

/**
 * A build of an ended event. One that is still open would be polled or waited for forever, so it is CANCELED; others stay
 * as they are.
 */
export function settleEndedBuild(build: BuildRow, now: Timestamp): BuildRow {
  if (isTerminalBuildState(build.state)) return build
  return { ...build, state: 'CANCELED', stateReason: importText.leftOpen(build.state), timeCompleted: now }
}

/**
 * A running event with its builds. Builds with a Koji task continue: the poll finds their ends. What was not submitted is
 * FAILED, because an import must not start builds by itself: `retry` builds it when the event has ended. An event without
 * builds ends immediately; any other continues until all its builds have ended, which may already be so. Tasks that Freshmaker had
 * stopped following, perhaps years ago, end as Koji says, but are not tried again. `isHandled`: something here rebuilds for
 * events of its type; without it a retry cannot help.
 */
export function settleRunning(
  event: EventRow,
  builds: readonly BuildRow[],
  { now, isHandled }: { now: Timestamp; isHandled: boolean },
): { event: EventRow; builds: BuildRow[] } {
  if (builds.length === 0) {
    const stateReason = notPlannedText(event, isHandled)
    return { event: { ...event, state: 'FAILED', stateReason, timeDone: now }, builds: [] }
  }
  return {
    event: { ...event, state: 'BUILDING', timeDone: null },
    builds: builds.map((build) => settleRunningBuild(build, event, { now, isHandled })),
  }
}

/** Freshmaker stores the branch of images by name only with their builds, so without builds there is nothing to retry. */
function notPlannedText({ id, eventTypeId }: EventRow, isHandled: boolean): string {
  if (!isHandled) return importText.notPlannedUnknown(typeText(eventTypeId))
  const isByName = eventSubject(eventTypeId) === 'named-images'
  return isByName ? importText.notPlannedByName : importText.notPlanned(id)
}

function settleRunningBuild(
  build: BuildRow,
  event: EventRow,
  { now, isHandled }: { now: Timestamp; isHandled: boolean },
): BuildRow {
  if (isTerminalBuildState(build.state)) return build
  if (!hasTask(build)) {
    const stateReason = isHandled
      ? importText.notSubmitted(event.id)
      : importText.notSubmittedUnknown(typeText(event.eventTypeId))
    return { ...build, state: 'FAILED', stateReason, timeCompleted: now }
  }
  if (isFollowed(event, now)) return { ...build, verificationNote: importText.notVerified }
  return { ...build, retryCount: MAX_ATTEMPTS - 1, verificationNote: importText.lastAttempt }
}

function typeText(eventTypeId: EventTypeId): string {
  return `events of type ${eventTypeName(eventTypeId) ?? eventTypeId}`
}

function isFollowed({ timeCreated }: EventRow, now: Timestamp): boolean {
  return timeCreated !== null && Date.parse(now) - Date.parse(timeCreated) <= FOLLOWED_MS
}

/** Whether its task, and the build that the task produces, can be looked up. */
function hasTask({ state, taskId, originalNvr, rebuiltNvr }: BuildRow): boolean {
  return state === 'BUILD' && taskId !== null && taskId !== 0 && originalNvr !== null && rebuiltNvr !== null
}
