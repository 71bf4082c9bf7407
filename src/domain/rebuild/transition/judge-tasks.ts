/** What the facts about submissions and Koji tasks mean for their build (behaviour/freshmaker 6.4, 6.9, 8.1). */

import { buildText } from '../texts.ts'
import { changeOf, endWithDescendants } from './cascade.ts'
import type { BuildFacts, EventFacts, RetryRules } from './facts.ts'
import { buildOf, ended, type FactKind, type Judge, type Judgement, misfit } from './judge.ts'

/** A submission got its task. */
export const judgeSubmitted: Judge<'task-submitted'> = (event, fact) => {
  const build = buildOf(event, fact.buildId)
  if (typeof build === 'string') return build
  if (build.taskId === fact.taskId) return `Task ${fact.taskId} of build ${build.id} is already known`
  if (build.retryCount !== fact.retryCount) {
    return `Task ${fact.taskId} belongs to an earlier try of build ${build.id}`
  }
  if (build.state === 'CANCELED') return canceledTooLate(build, fact.taskId)
  if (ended(event) || build.state !== 'PLANNED') return misfit(event, build, fact.kind)
  return { builds: [changeOf(build, 'BUILD', buildText.building, { taskId: fact.taskId })] }
}

/** A submission can never succeed. */
export const judgeRefused: Judge<'submission-refused'> = (event, fact) => {
  const build = buildOf(event, fact.buildId)
  if (typeof build === 'string') return build
  if (ended(event) || build.state !== 'PLANNED') return misfit(event, build, fact.kind)
  return { builds: endWithDescendants(event.builds, [build], 'FAILED', fact.reason) }
}

/** A task ended well: the build is DONE if its RPMs are right, and its children may start. */
export const judgeClosed: Judge<'task-closed'> = (event, fact) => {
  const build = runningBuild(event, fact)
  if (typeof build === 'string') return build
  if (!fact.verification.ok) {
    return { builds: endWithDescendants(event.builds, [build], 'FAILED', fact.verification.text) }
  }
  const children = event.builds.filter((child) => child.depOnId === build.id && child.state === 'PLANNED')
  const { note } = fact.verification
  const done = changeOf(build, 'DONE', buildText.done, note ? { note } : {})
  return { builds: [done], wake: children.map((child) => child.id) }
}

/** A task failed: another try, unless that cannot help or there were enough. */
export const judgeFailed: Judge<'task-failed'> = (event, fact, rules) => {
  const build = runningBuild(event, fact)
  if (typeof build === 'string') return build
  return failedTry(event, build, fact.detail, fact.permanent ? { ...rules, maxTries: 0 } : rules)
}

/** A task that Koji does not know is a failed try like any other. */
export const judgeLost: Judge<'task-lost'> = (event, fact, rules) => {
  const build = runningBuild(event, fact)
  if (typeof build === 'string') return build
  return failedTry(event, build, `Koji does not know task ${fact.taskId}`, rules)
}

/** A task was canceled: in Koji by somebody, or because we asked for it. */
export const judgeCanceled: Judge<'task-canceled'> = (event, fact) => {
  const build = buildOf(event, fact.buildId)
  if (typeof build === 'string') return build
  if (build.state === 'CANCELED') return cancelReport(build, fact.taskId, buildText.canceledInKoji)
  const running = runningBuild(event, fact)
  if (typeof running === 'string') return running
  return { builds: endWithDescendants(event.builds, [running], 'CANCELED', buildText.canceledInKoji) }
}

/** Koji did not cancel the task of a canceled build. */
export const judgeCancelGaveUp: Judge<'cancel-gave-up'> = (event, fact) => {
  const build = buildOf(event, fact.buildId)
  if (typeof build === 'string') return build
  if (build.state !== 'CANCELED') return misfit(event, build, fact.kind)
  return cancelReport(build, fact.taskId, buildText.notCanceledInKoji)
}

/** The build whose current task the fact speaks of; a string says why there is none. */
function runningBuild(
  event: EventFacts,
  fact: { kind: FactKind; buildId: number; taskId: number },
): BuildFacts | string {
  const build = buildOf(event, fact.buildId)
  if (typeof build === 'string') return build
  if (ended(event) || build.state !== 'BUILD') return misfit(event, build, fact.kind)
  return build.taskId === fact.taskId ? build : stale(build, fact.taskId)
}

/** One more failed try: planned again while tries are left, else the end. */
function failedTry(event: EventFacts, build: BuildFacts, detail: string, rules: RetryRules): Judgement {
  const retryCount = build.retryCount + 1
  if (parentIsLost(event, build)) {
    return {
      builds: endWithDescendants(event.builds, [build], 'FAILED', buildText.dependencyEnded, {
        retryCount,
        detail,
      }),
    }
  }
  if (retryCount >= rules.maxTries) {
    return {
      builds: endWithDescendants(event.builds, [build], 'FAILED', buildText.failedInKoji, {
        retryCount,
        detail,
      }),
    }
  }
  const submitAfterS = rules.retryDelaysS[retryCount - 1] ?? rules.retryDelaysS.at(-1) ?? 0
  const reason = buildText.retrying(build.taskId ?? 0)
  const change = changeOf(build, 'PLANNED', reason, { retryCount, submitAfterS, detail })
  return { builds: [change], wake: [build.id] }
}

function parentIsLost(event: EventFacts, build: BuildFacts): boolean {
  if (build.depOnId === null) return false
  const parent = buildOf(event, build.depOnId)
  return typeof parent !== 'string' && (parent.state === 'FAILED' || parent.state === 'CANCELED')
}

/** The event was canceled while the submission was on its way: the build now waits for its task to be canceled. */
function canceledTooLate(build: BuildFacts, taskId: number): Judgement {
  return {
    builds: [changeOf(build, 'CANCELED', null, { taskId })],
    cancelTasks: [{ buildId: build.id, taskId }],
  }
}

/** Koji's answer about a canceled build; only the first one is kept. */
function cancelReport(build: BuildFacts, taskId: number, reason: string): Judgement | string {
  if (build.taskId !== taskId) return stale(build, taskId)
  if (build.stateReason !== null) return `The cancellation of task ${taskId} is already reported`
  return { builds: [changeOf(build, 'CANCELED', reason)] }
}

const stale = (build: BuildFacts, taskId: number) =>
  `Task ${taskId} is not the current task of build ${build.id}`
