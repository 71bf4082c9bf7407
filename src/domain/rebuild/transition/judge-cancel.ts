/** Judges the cancellation of an event, and what Koji answers about the tasks of its builds (behaviour/freshmaker 3.3, 6.9). */
import { isFinalTaskState, type TaskState } from '../task-state.ts'
import { buildText, eventText } from '../texts.ts'
import { changeOf, doneChange, endWithDescendants } from './cascade.ts'
import type { BuildChange, BuildFacts, Fact, TaskEnd } from './facts.ts'
import { buildOf, hasEnded, type Judge, type Judgement, misfit } from './judge.ts'

const MAX_CANCEL_ATTEMPTS = 3
/** Before the second and the third attempt. */
const PAUSES_MS = [1000, 5000]

/**
 * A user requested the cancellation of the event. A build whose task Koji had ended before ends as that task did;
 * every other running build is CANCELED, and its reason follows when Koji has answered (task-canceled, cancel-gave-up).
 */
export const judgeCancel: Judge<'cancel'> = (event, fact) => {
  if (hasEnded(event)) return `The event is already ${event.state}`
  const ends = new Map(fact.ended.map((end) => [end.buildId, end]))
  const planned = event.builds.filter((build) => build.state === 'PLANNED')
  const running = event.builds
    .filter((build) => build.state === 'BUILD')
    .map((build) => outcomeOf(build, ends.get(build.id)))
  const unsent = { to: 'CANCELED', reason: buildText.canceledBeforeRunning } as const
  return {
    builds: [...endWithDescendants(event.builds, planned, unsent), ...running.map(({ change }) => change)],
    event: { to: 'CANCELED', reason: eventText.cancelRequested(event.id, fact.by) },
    cancelTasks: running.flatMap(({ cancel }) => cancel),
  }
}

/** The new state of a running build of a canceled event, and the task to cancel for it. */
function outcomeOf(
  build: BuildFacts,
  end: TaskEnd | undefined,
): { change: BuildChange; cancel: { buildId: number; taskId: number }[] } {
  const { id, taskId, retryCount } = build
  if (taskId === null)
    return { change: changeOf(build, 'CANCELED', buildText.canceledBeforeRunning), cancel: [] }
  if (end?.taskId !== taskId)
    return { change: changeOf(build, 'CANCELED', null), cancel: [{ buildId: id, taskId }] }
  if (end.kind === 'task-canceled')
    return { change: changeOf(build, 'CANCELED', buildText.canceledInKoji), cancel: [] }
  if (end.kind === 'task-failed') {
    const patch = { retryCount: retryCount + 1, detail: end.detail }
    return { change: changeOf(build, 'FAILED', buildText.failedInKoji, patch), cancel: [] }
  }
  const { verification, seconds } = end
  if (!verification.ok) return { change: changeOf(build, 'FAILED', verification.text), cancel: [] }
  return { change: doneChange(build, verification, seconds), cancel: [] }
}

/** Koji did not cancel the task of a canceled build, and will not. */
export const judgeCancelGaveUp: Judge<'cancel-gave-up'> = (event, fact) => {
  const build = buildOf(event, fact.buildId)
  if (typeof build === 'string') return build
  if (build.state !== 'CANCELED') return misfit(event, build, fact.kind)
  return cancelReport(build, fact.taskId, buildText.notCanceledInKoji, fact.detail)
}

/** Koji's answer about the task of a canceled build; only the first answer is recorded. */
export function cancelReport(
  build: BuildFacts,
  taskId: number,
  reason: string,
  detail?: string,
): Judgement | string {
  if (build.taskId !== taskId) return `Task ${taskId} is not the current task of build ${build.id}`
  if (build.stateReason !== null) return `The cancellation of task ${taskId} is already reported`
  return { builds: [changeOf(build, 'CANCELED', reason, detail === undefined ? {} : { detail })] }
}

/**
 * What Koji answers to an attempt to cancel a task: its state afterwards (null: Koji does not know it), and why Koji will never
 * cancel it for our account.
 */
export type CancelAnswer = { state: TaskState | null; refusal?: string }

/** What to do after an attempt to cancel a task: repeat it later, or report the end. */
export type CancelStep = { retryInMs: number } | { fact: Fact }

/**
 * Judges the answer to an attempt to cancel a task; `attempts` counts this one. A task that ended in another way cannot be
 * canceled any more, and a refusal is final, so no further attempt is made.
 */
export function judgeCancelAttempt(
  task: { buildId: number; taskId: number },
  { state, refusal }: CancelAnswer,
  attempts: number,
): CancelStep {
  if (state === 'CANCELED') return { fact: { kind: 'task-canceled', ...task } }
  const gaveUp = (detail: string): CancelStep => ({ fact: { kind: 'cancel-gave-up', ...task, detail } })
  if (state === null) return gaveUp(`Koji does not know task ${task.taskId}`)
  if (isFinalTaskState(state)) return gaveUp(`Task ${task.taskId} ended ${state} before it could be canceled`)
  if (refusal !== undefined) return gaveUp(`Koji refuses to cancel task ${task.taskId}: ${refusal}`)
  if (attempts >= MAX_CANCEL_ATTEMPTS)
    return gaveUp(`Task ${task.taskId} is ${state} after ${attempts} tries to cancel it`)
  return { retryInMs: PAUSES_MS[attempts - 1] ?? PAUSES_MS.at(-1) ?? 0 }
}
