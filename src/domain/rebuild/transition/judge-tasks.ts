/** Judges the facts about submissions and Koji tasks (behaviour/freshmaker 6.4, 6.9, 8.1). */

import { buildText } from '../texts.ts'
import { changeOf, doneChange, endWithDescendants } from './cascade.ts'
import type { BuildFacts, BuildPatch, EventFacts, RetryRules } from './facts.ts'
import { buildOf, type FactKind, hasEnded, type Judge, type Judgement, misfit } from './judge.ts'
import { cancelReport } from './judge-cancel.ts'

/** Koji created a task for the submission. */
export const judgeSubmitted: Judge<'task-submitted'> = (event, fact) => {
  const build = buildOf(event, fact.buildId)
  if (typeof build === 'string') return build
  if (build.retryCount !== fact.retryCount) {
    return `Task ${fact.taskId} belongs to an earlier try of build ${build.id}`
  }
  // A hub that was restored from a backup assigns task ids again, perhaps that of the previous attempt.
  if (build.taskId === fact.taskId && build.state !== 'PLANNED')
    return `Task ${fact.taskId} of build ${build.id} is already known`
  if (build.state === 'CANCELED') return canceledTooLate(build, fact.taskId)
  if (hasEnded(event) || build.state !== 'PLANNED') return misfit(event, build, fact.kind)
  const { taskId, note } = fact
  return { builds: [changeOf(build, 'BUILD', buildText.building, { taskId, ...(note && { note }) })] }
}

/** A submission can never succeed. */
export const judgeRefused: Judge<'submission-refused'> = (event, fact) => {
  const build = buildOf(event, fact.buildId)
  if (typeof build === 'string') return build
  if (hasEnded(event) || build.state !== 'PLANNED') return misfit(event, build, fact.kind)
  return failed(event, build, fact.reason)
}

/** A task succeeded: the build is DONE if its RPMs have the fix, and its children may start. */
export const judgeClosed: Judge<'task-closed'> = (event, fact) => {
  const build = runningBuild(event, fact)
  if (typeof build === 'string') return build
  if (!fact.verification.ok) return failed(event, build, fact.verification.text)
  const children = event.builds.filter((child) => child.depOnId === build.id && child.state === 'PLANNED')
  const done = doneChange(build, fact.verification, fact.seconds)
  return { builds: [done], wake: children.map((child) => child.id) }
}

/** A task failed: the build is tried again, unless no attempt is left. */
export const judgeFailed: Judge<'task-failed'> = (event, fact, rules) => {
  const build = runningBuild(event, fact)
  if (typeof build === 'string') return build
  return failedAttempt(event, build, fact.detail, rules)
}

/** A task that Koji does not know counts as a failed attempt. */
export const judgeLost: Judge<'task-lost'> = (event, fact, rules) => {
  const build = runningBuild(event, fact)
  if (typeof build === 'string') return build
  return failedAttempt(event, build, `Koji does not know task ${fact.taskId}`, rules)
}

/** A task was canceled, by a user of Koji or at our request. */
export const judgeCanceled: Judge<'task-canceled'> = (event, fact) => {
  const build = buildOf(event, fact.buildId)
  if (typeof build === 'string') return build
  if (build.state === 'CANCELED') return cancelReport(build, fact.taskId, buildText.canceledInKoji)
  const running = runningBuild(event, fact)
  if (typeof running === 'string') return running
  return {
    builds: endWithDescendants(event.builds, [running], { to: 'CANCELED', reason: buildText.canceledInKoji }),
  }
}

/** The build whose current task the fact is about; a string says why the fact is ignored. */
function runningBuild(
  event: EventFacts,
  fact: { kind: FactKind; buildId: number; taskId: number },
): BuildFacts | string {
  const build = buildOf(event, fact.buildId)
  if (typeof build === 'string') return build
  if (hasEnded(event) || build.state !== 'BUILD') return misfit(event, build, fact.kind)
  return build.taskId === fact.taskId ? build : stale(build, fact.taskId)
}

/** Counts a failed attempt: the build is planned again while attempts are left, else it fails. */
function failedAttempt(event: EventFacts, build: BuildFacts, detail: string, rules: RetryRules): Judgement {
  const retryCount = build.retryCount + 1
  if (parentIsLost(event, build))
    return failed(event, build, buildText.dependencyEnded, { retryCount, detail })
  if (retryCount >= rules.maxAttempts)
    return failed(event, build, buildText.failedInKoji, { retryCount, detail })
  const submitAfterS = rules.retryDelaysS[retryCount - 1] ?? rules.retryDelaysS.at(-1) ?? 0
  const reason = buildText.retrying(build.taskId ?? 0)
  const change = changeOf(build, 'PLANNED', reason, { retryCount, submitAfterS, detail })
  return { builds: [change], wake: [build.id] }
}

function failed(event: EventFacts, build: BuildFacts, reason: string, patch?: BuildPatch): Judgement {
  return { builds: endWithDescendants(event.builds, [build], { to: 'FAILED', reason, patch }) }
}

function parentIsLost(event: EventFacts, build: BuildFacts): boolean {
  if (build.depOnId === null) return false
  const parent = buildOf(event, build.depOnId)
  return typeof parent !== 'string' && (parent.state === 'FAILED' || parent.state === 'CANCELED')
}

/** The event was canceled while the submission was in progress: the new task has to be canceled too. */
function canceledTooLate(build: BuildFacts, taskId: number): Judgement {
  return {
    builds: [changeOf(build, 'CANCELED', null, { taskId })],
    cancelTasks: [{ buildId: build.id, taskId }],
  }
}

const stale = (build: BuildFacts, taskId: number) =>
  `Task ${taskId} is not the current task of build ${build.id}`
