/** Decides when an event is finished, and in which state and with which reason it ends (behaviour/freshmaker 1.6). */
import type { EventState, EventTypeId } from '../../event.ts'
import { type EventSubject, eventSubject } from '../../event-subject.ts'
import { countStates } from '../states.ts'
import { asyncText, bundleText, eventText, flatpakText, resumeText } from '../texts.ts'
import type { EventFacts } from './facts.ts'

/** The state an event enters, with its reason. */
export type EventEnd = { to: EventState; reason: string }

type Texts = { rebuilding: (searchKey: string, count: number) => string; allFailedBeforeSubmission: string }

/** The texts by subject; those of rebuilds by name and of flatpaks do not mention the advisory. */
const TEXTS: Record<EventSubject, Texts> = {
  images: eventText,
  'named-images': { ...eventText, rebuilding: (_searchKey, count) => asyncText.rebuilding(count) },
  bundles: { ...bundleText, allFailedBeforeSubmission: bundleText.allFailed },
  flatpaks: { ...eventText, rebuilding: (_searchKey, count) => flatpakText.rebuilding(count) },
}

/**
 * The state of an event once its plan is stored; `whenEmpty` is the reason if there is nothing to build, `resumes` the event
 * that this one resumes.
 */
export function startOf(event: EventFacts, whenEmpty: string, resumes?: number): EventEnd {
  const { builds } = event
  if (builds.length === 0) return { to: 'SKIPPED', reason: whenEmpty }
  if (builds.every((build) => build.state === 'FAILED')) return failedBeforeSubmission(event.type)
  const text = textsOf(event.type).rebuilding(event.searchKey, builds.length)
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

function failedBeforeSubmission(type: EventTypeId): EventEnd {
  return { to: 'FAILED', reason: textsOf(type).allFailedBeforeSubmission }
}

/** Imported events may have obsolete types. */
function textsOf(type: EventTypeId): Texts {
  return TEXTS[eventSubject(type) ?? 'images']
}
