/** Input and output of the state machine: facts and changes, all plain data. */
import type { EventState, EventTypeId } from '../../event.ts'
import type { BuildState } from '../states.ts'

/** A build as the state machine sees it. */
export type BuildFacts = {
  id: number
  originalNvr: string
  state: BuildState
  stateReason: string | null
  /** The build of the same event that must be DONE first. */
  depOnId: number | null
  /** Koji task of the current or last attempt; kept while a retry is pending. */
  taskId: number | null
  /** Number of failed attempts so far. */
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

/** The result of the RPM check of a finished build; `note` is shown with the build, `text` is the reason of a failure. */
export type Verification = { ok: true; note?: string | null } | { ok: false; text: string }

/** The end of a task as Koji reports it. `detail` is the build system's fault text, `seconds` how long the task took by its clock. */
export type TaskEnd =
  | {
      kind: 'task-closed'
      buildId: number
      taskId: number
      verification: Verification
      seconds?: number | undefined
    }
  | { kind: 'task-failed'; buildId: number; taskId: number; detail: string }
  | { kind: 'task-canceled'; buildId: number; taskId: number }

/** Something that happened. Facts may arrive late, repeatedly and in any order; those that no longer apply are ignored. */
export type Fact =
  /**
   * The builds of the plan are stored; `whenEmpty` is the reason for skipping the event if there are none. `resumes`: the
   * event that this one resumes.
   */
  | { kind: 'plan-recorded'; whenEmpty: string; resumes?: number }
  /** `retryCount` is that of the build at submission: it identifies late reports of earlier attempts; `note` is shown with the build. */
  | { kind: 'task-submitted'; buildId: number; taskId: number; retryCount: number; note?: string | null }
  /** The submission was rejected and can never succeed. */
  | { kind: 'submission-refused'; buildId: number; reason: string }
  | TaskEnd
  /** Koji does not know the task (any more): the attempt has failed. */
  | { kind: 'task-lost'; buildId: number; taskId: number }
  /** Koji did not cancel the task of a canceled build and will not; `detail` says what became of the task. */
  | { kind: 'cancel-gave-up'; buildId: number; taskId: number; detail: string }
  | { kind: 'compose-failed'; composeId: number }
  /** `by`: user name; null when unknown. `ended`: tasks of the event that Koji had already ended before. */
  | { kind: 'cancel'; by: string | null; ended: readonly TaskEnd[] }
  | { kind: 'event-skipped'; reason: string }
  /** Handling failed before the plan was recorded: every unfinished build ends with the event. */
  | { kind: 'event-failed'; reason: string }
  /** Nothing new happened; checks whether the event is finished. */
  | { kind: 'recheck' }

/**
 * Columns to write in addition to state and reason; `submitAfterS` is the delay of the next attempt in seconds, `seconds` the recorded
 * duration of a build that is done.
 */
export type BuildPatch = {
  taskId?: number
  retryCount?: number
  submitAfterS?: number
  detail?: string
  note?: string
  seconds?: number
}

/**
 * `from === to` only where a reason or task id is filled in later (canceled builds, behaviour/freshmaker 6.9): it is
 * written, but no message is sent.
 */
export type BuildChange = {
  target: 'build'
  id: number
  from: BuildState
  to: BuildState
  reason: string | null
  patch: BuildPatch
}

/** A change of the state of the event itself. */
export type EventChange = { target: 'event'; from: EventState; to: EventState; reason: string }

/** A row to write and, unless `from === to`, a message to send. */
export type Change = BuildChange | EventChange

/** Attempts of a build in all. */
export const MAX_ATTEMPTS = 3

/** How failed attempts are retried: `retryDelaysS[n]` is the delay before attempt n+2; the last delay applies to all further attempts. */
export type RetryRules = { maxAttempts: number; retryDelaysS: readonly number[] }

/** The result of applying a fact. */
export type Outcome = {
  /** In the order of their messages: children before the parent that they end with, the event last. */
  changes: Change[]
  /** Ids of builds that became ready to submit. */
  wake: number[]
  /** Running tasks of canceled builds, to be canceled in Koji. */
  cancelTasks: { buildId: number; taskId: number }[]
  /** Why the fact changed nothing (late, repeated, or not allowed in this state), for the log. */
  ignored?: string
}
