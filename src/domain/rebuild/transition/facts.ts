/** What the state machine is told and what it answers: facts in, changes out. All plain data. */
import type { EventState, EventTypeId } from '../../event.ts'
import type { BuildState } from '../states.ts'

/** A build as the state machine sees it. */
export type BuildFacts = {
  id: number
  originalNvr: string
  state: BuildState
  stateReason: string | null
  /** Build of the same event that must be DONE first. */
  depOnId: number | null
  /** Koji task of the current or last try; stays while a retry waits. */
  taskId: number | null
  /** Failed tries so far. */
  retryCount: number
  /** ODCS compose ids this build waits for. */
  composeIds: readonly number[]
}

/** An event with all its builds. */
export type EventFacts = {
  id: number
  type: EventTypeId
  state: EventState
  searchKey: string
  builds: readonly BuildFacts[]
}

/** The RPM check of a finished build; `note` is for a person who reads its record, `text` the reason of its failure. */
export type Verification = { ok: true; note?: string | null } | { ok: false; text: string }

/** Something that happened. Facts may come late, repeated and in any order: what no longer fits is ignored. */
export type Fact =
  /** The builds of the plan are stored; `whenEmpty` is the reason the event is skipped with if there are none. */
  | { kind: 'plan-recorded'; whenEmpty: string }
  /** `retryCount` is the build's at submission: it tells a late report of an earlier try from the current one. */
  | { kind: 'task-submitted'; buildId: number; taskId: number; retryCount: number }
  /** The submission can never succeed. */
  | { kind: 'submission-refused'; buildId: number; reason: string }
  | { kind: 'task-closed'; buildId: number; taskId: number; verification: Verification }
  /** `detail` is the fault of the build system; `permanent` when trying again cannot help. */
  | { kind: 'task-failed'; buildId: number; taskId: number; detail: string; permanent?: boolean }
  | { kind: 'task-canceled'; buildId: number; taskId: number }
  /** Koji does not know the task (any more): the try is lost. */
  | { kind: 'task-lost'; buildId: number; taskId: number }
  /** Koji would not cancel the task of a canceled build, and we stopped asking. */
  | { kind: 'cancel-gave-up'; buildId: number; taskId: number }
  | { kind: 'compose-failed'; composeId: number }
  /** `by`: user name; null when nobody is known. */
  | { kind: 'cancel'; by: string | null }
  | { kind: 'event-skipped'; reason: string }
  /** Handling broke: every unfinished build ends with the event. */
  | { kind: 'event-failed'; reason: string }
  /** Nothing happened: look whether the event is finished. */
  | { kind: 'recheck' }

/** Columns to write besides state and reason; `submitAfterS` is the delay of the next try in seconds. */
export type BuildPatch = {
  taskId?: number
  retryCount?: number
  submitAfterS?: number
  detail?: string
  note?: string
}

/**
 * `from === to` only where a text or task id is filled in later (canceled builds, behaviour/freshmaker 6.9): write it,
 * send no message for it.
 */
export type BuildChange = {
  target: 'build'
  id: number
  from: BuildState
  to: BuildState
  reason: string | null
  patch: BuildPatch
}

/** A change of the event's own state. */
export type EventChange = { target: 'event'; from: EventState; to: EventState; reason: string }

/** One row to write and, unless `from === to`, one message to send. */
export type Change = BuildChange | EventChange

/** How failed tries are repeated: `retryDelaysS[n]` seconds before try n+2, the last one from then on. */
export type RetryRules = { maxTries: number; retryDelaysS: readonly number[] }

/** The answer of the state machine. */
export type Outcome = {
  /** In the order their messages go out: children before the parent that dragged them along, the event last. */
  changes: Change[]
  /** Builds that became ready to submit. */
  wake: number[]
  /** Tasks that run for a canceled build: to be canceled in Koji. */
  cancelTasks: { buildId: number; taskId: number }[]
  /** Why the fact changed nothing: late, repeated, or not allowed in this state. For the log. */
  ignored?: string
}
