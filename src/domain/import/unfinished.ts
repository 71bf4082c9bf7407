/** Decides what becomes of events and builds that Freshmaker has not finished (decision 0030). */
import { isTerminalBuildState, isTerminalEventState } from '../rebuild/states.ts'
import { importText } from '../rebuild/texts.ts'
import type { BuildRow, EventRow, Timestamp } from './rows.ts'

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
 * A running event with its builds. Builds with a Koji task go on: the poll finds their ends. What was not submitted is
 * FAILED, because an import must not start builds by itself: `retry` builds it when the event has ended. An event without
 * builds ends at once; any other goes on until all its builds have ended, which may already be so.
 */
export function settleRunning(
  event: EventRow,
  builds: readonly BuildRow[],
  now: Timestamp,
): { event: EventRow; builds: BuildRow[] } {
  if (builds.length === 0) {
    const stateReason = importText.notPlanned(event.id)
    return { event: { ...event, state: 'FAILED', stateReason, timeDone: now }, builds: [] }
  }
  return {
    event: { ...event, state: 'BUILDING', timeDone: null },
    builds: builds.map((build) => settleRunningBuild(build, event.id, now)),
  }
}

function settleRunningBuild(build: BuildRow, eventId: number, now: Timestamp): BuildRow {
  if (isTerminalBuildState(build.state)) return build
  if (isFollowed(build)) return { ...build, verificationNote: importText.notVerified }
  return { ...build, state: 'FAILED', stateReason: importText.notSubmitted(eventId), timeCompleted: now }
}

/** Its task can be looked up, and what it has built can be found. */
function isFollowed({ state, taskId, originalNvr, rebuiltNvr }: BuildRow): boolean {
  return state === 'BUILD' && taskId !== null && originalNvr !== null && rebuiltNvr !== null
}
