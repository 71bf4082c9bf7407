/** The sentence that a person reads about the standing of a build. */
import type { Standing, StandingDetails, StandingKind } from './standing.ts'
import type { BuildState } from './states.ts'

const PARENT: Record<BuildState, string> = {
  PLANNED: 'which itself still waits',
  BUILD: 'which is being built',
  DONE: 'which is done',
  FAILED: 'which failed, so that this build ends next',
  CANCELED: 'which was canceled, so that this build ends next',
}
const PARENT_ENDED: Record<BuildState, string> = {
  PLANNED: 'could not be built',
  BUILD: 'could not be built',
  DONE: 'could not be built at that time',
  FAILED: 'failed',
  CANCELED: 'was canceled',
}

const SENTENCES: { [K in StandingKind]: (details: StandingDetails[K]) => string } = {
  event: ({ eventState }) =>
    eventState === 'INITIALIZED'
      ? 'Waits until its event is planned.'
      : `Will not be submitted: its event is ${eventState}.`,
  parent: ({ parent: { id, name, state } }) =>
    `Waits for its parent ${name} (build ${id}), ${PARENT[state]}.`,
  service: ({ service, detail, until }) => `Waits for ${service}, next attempt ${instant(until)}: ${detail}`,
  'compose-request': ({ requests }) =>
    `Waits until ODCS has accepted the requests for ${composes(requests)}.`,
  compose: ({ composes: holding }) =>
    `Waits until ${composes(holding.length)} can be used: ${holding
      .map(({ odcsId, state }) => `${odcsId} is ${state ?? 'not reported yet'}`)
      .join(', ')}.`,
  delay: ({ attemptNumber, until }) =>
    `Waits for the delay before try ${attemptNumber}, until ${instant(until)}.`,
  verification: ({ detail, until }) =>
    `Waits until its result can be verified, next attempt ${instant(until)}: ${detail}`,
  submission: ({ until, isLapsed }) =>
    isLapsed
      ? 'Its submission got no answer; its task is searched for next.'
      : `Its submission is under way, until ${instant(until)} at the latest.`,
  slot: ({ inUse, limit, target }) =>
    `Ready, waits for a slot: ${inUse} of ${limit} in use${target === null ? '' : ` on target ${target}`}.`,
  queue: () => 'Ready, waits for its turn in the queue of submissions.',
  'build-system': ({ taskId, since, lookedAt }) => {
    const task = taskId === null ? 'its task' : `task ${taskId}`
    const began = since === null ? '' : `, submitted ${instant(since)}`
    const looked = lookedAt === null ? 'not checked yet' : `last checked ${instant(lookedAt)}`
    return `Waits for ${task} in the build system${began}; ${looked}.`
  },
  done: ({ nvr, isDryRun }) => {
    if (isDryRun) return 'Done in a dry run: nothing was built.'
    return nvr === null ? 'Rebuilt.' : `Rebuilt as ${nvr}.`
  },
  'parent-ended': ({ parent: { id, name, state } }) =>
    `Not built, because its parent ${name} (build ${id}) ${PARENT_ENDED[state]}.`,
  failed: ({ reason, detail }) => {
    const cause = reason || 'Failed; no reason was recorded.'
    return detail && !cause.includes(detail) ? `${cause} ${detail}` : cause
  },
  canceling: ({ taskId }) =>
    taskId === null
      ? 'Canceled; the build system is still being searched for a submitted task.'
      : `Canceled; task ${taskId} is still to be canceled in the build system.`,
  canceled: ({ reason }) => reason || 'Canceled.',
}

/** One or two sentences; texts of services are quoted as they are. */
export function standingText(standing: Standing): string {
  const write = SENTENCES[standing.kind] as (details: Standing) => string // the one for this very kind
  return write(standing)
}

function composes(count: number): string {
  return count === 1 ? 'a compose' : `${count} composes`
}

/** A time in the form of dates in the API. */
function instant(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}
