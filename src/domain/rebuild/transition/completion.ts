/** Decides when an event is finished, and in which state and with which reason it ends (behaviour/freshmaker 1.6). */
import { BUNDLE_TYPES, EVENT_TYPES, type EventState, type EventTypeId } from '../../event.ts'
import type { BuildState } from '../states.ts'
import { asyncText, bundleText, eventText, resumeText } from '../texts.ts'
import type { BuildFacts, EventFacts } from './facts.ts'

/** The state an event enters, with its reason. */
export type EventEnd = { to: EventState; reason: string }

/** Events whose texts do not mention an advisory: rebuilds by name, and flatpaks. */
const PLAIN_TYPES: ReadonlySet<EventTypeId> = new Set<EventTypeId>([
  EVENT_TYPES.FreshmakerAsyncManualBuildEvent,
  EVENT_TYPES.FlatpakModuleAdvisoryReadyEvent,
  EVENT_TYPES.FlatpakApplicationManualBuildEvent,
])

/**
 * The state of an event once its plan is stored; `whenEmpty` is the reason if there is nothing to build, `resumes` the event
 * that this one resumes.
 */
export function startOf(event: EventFacts, whenEmpty: string, resumes?: number): EventEnd {
  const { builds } = event
  if (builds.length === 0) return { to: 'SKIPPED', reason: whenEmpty }
  if (builds.every((build) => build.state === 'FAILED')) return failedBeforeSubmission(event.type)
  const text = rebuildingText(event)
  return { to: 'BUILDING', reason: resumes === undefined ? text : resumeText.started(text, resumes) }
}

/**
 * The end of an event, or null while a build is PLANNED or BUILD. CANCELED builds count neither as rebuilt nor as
 * failed; a single DONE build makes the event COMPLETE. Unlike in the original, an event whose builds all failed is
 * FAILED.
 */
export function endOf(event: EventFacts): EventEnd | null {
  const { builds, searchKey } = event
  const count = countStates(builds)
  if (builds.length === 0 || count.PLANNED + count.BUILD > 0) return null
  const judged = count.DONE + count.FAILED
  if (judged === 0) return { to: 'CANCELED', reason: eventText.allCanceled(searchKey, count.CANCELED) }
  if (count.DONE === 0) {
    const submitted = builds.some((build) => build.taskId !== null)
    if (!submitted) return failedBeforeSubmission(event.type)
    return { to: 'FAILED', reason: eventText.allFailed(searchKey, count.FAILED) }
  }
  if (count.FAILED > 0)
    return { to: 'COMPLETE', reason: eventText.someFailed(searchKey, count.FAILED, judged) }
  return { to: 'COMPLETE', reason: eventText.allRebuilt(searchKey, judged) }
}

function countStates(builds: readonly BuildFacts[]): Record<BuildState, number> {
  const count = { PLANNED: 0, BUILD: 0, DONE: 0, FAILED: 0, CANCELED: 0 }
  for (const build of builds) count[build.state] += 1
  return count
}

function failedBeforeSubmission(type: EventTypeId): EventEnd {
  const reason = BUNDLE_TYPES.has(type) ? bundleText.allFailed : eventText.allFailedBeforeSubmission
  return { to: 'FAILED', reason }
}

function rebuildingText({ type, searchKey, builds }: EventFacts): string {
  if (BUNDLE_TYPES.has(type)) return bundleText.rebuilding(searchKey, builds.length)
  if (PLAIN_TYPES.has(type)) return asyncText.rebuilding(builds.length)
  return eventText.rebuilding(searchKey, builds.length)
}
