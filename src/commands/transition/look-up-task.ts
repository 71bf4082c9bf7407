/** Looks up what has become of a build's task: the fact that follows from the service's own answer. */
import type { TaskOutcome } from '../../clients/koji/tasks/task-outcome.ts'
import type { TaskReads } from '../../clients/koji/tasks/task-reads.ts'
import { required } from '../../clients/required.ts'
import type { Context } from '../../context.ts'
import type { BuildOfEndedTask } from '../../db/queries/running-tasks.ts'
import { releaseOf } from '../../domain/rebuild/images/nvr.ts'
import type { Fact, TaskEnd, Verification } from '../../domain/rebuild/transition/facts.ts'
import { isOdd, NotVerifiable } from '../../lib/errors.ts'
import { prepareLookups } from './look-ahead.ts'
import { prefetchGuessed, verifyBuild } from './verify-build.ts'

/** How a task ended, or that Koji does not know it. */
export type TaskFact = TaskEnd | Extract<Fact, { kind: 'task-lost' }>

/**
 * Reads only; undefined while the task runs. The task of a dry run ends well in the moment it begins. `guessed`: the build that
 * it has probably produced, which is then read in the same request.
 * @throws NotVerifiable while it cannot be known whether the task has produced the build, with the fix
 */
export async function lookUpTask(
  ctx: Context,
  build: BuildOfEndedTask,
  guessed?: number,
): Promise<TaskFact | undefined> {
  if (build.dryRun) return closed(build, { ok: true, note: null })
  const { koji } = required(ctx.clients, 'koji')
  const { isAwaited, prefetch: begin } = await prepareLookups(ctx, build)
  const reads = isAwaited ? koji : koji.unhurried
  try {
    const outcome = reads.taskOutcome(build.taskId, releaseOf(build.rebuiltNvr))
    begin(koji)
    if (guessed !== undefined) prefetchGuessed(reads, build, guessed)
    return await factOf(ctx, reads, build, await outcome)
  } catch (error) {
    throw isOdd(error) ? new NotVerifiable(error.message) : error // what cannot be read is neither good nor bad
  }
}

async function factOf(
  ctx: Context,
  reads: TaskReads,
  build: BuildOfEndedTask,
  outcome: TaskOutcome,
): Promise<TaskFact | undefined> {
  const task = { buildId: build.id, taskId: build.taskId }
  if (outcome.kind === 'running') return undefined
  if (outcome.kind === 'lost') return { kind: 'task-lost', ...task }
  if (outcome.kind === 'foreign')
    return {
      kind: 'task-failed',
      ...task,
      detail: `Koji has given the number of task ${task.taskId} to another request`,
    }
  if (outcome.kind === 'canceled') return { kind: 'task-canceled', ...task }
  if (outcome.kind === 'failed') return { kind: 'task-failed', ...task, detail: outcome.fault.text }
  const { kojiBuildId, seconds } = outcome
  return closed(build, await verificationOf(ctx, reads, build, kojiBuildId), seconds)
}

function closed(build: BuildOfEndedTask, verification: Verification, seconds?: number): TaskFact {
  return { kind: 'task-closed', buildId: build.id, taskId: build.taskId, verification, seconds }
}

/**
 * A task that was requested as a scratch build produces no build in Koji; every other must have produced one. The setting may
 * have been changed since the submission, so the request of the task itself decides.
 */
async function verificationOf(
  { db }: Context,
  reads: TaskReads,
  build: BuildOfEndedTask,
  kojiBuildId: number | null,
): Promise<Verification> {
  if (kojiBuildId !== null) return verifyBuild(db, reads, build, kojiBuildId)
  if (await reads.isScratch(build.taskId)) return { ok: true, note: null }
  throw new NotVerifiable(`Task ${build.taskId} was closed without a Koji build`)
}
