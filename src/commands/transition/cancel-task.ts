/** Cancels the task of a canceled build, or of one that failed while it was submitted, in the build system, and sees that through to its end (behaviour/freshmaker 6.9). */
import type { KojiClient } from '../../clients/koji/client.ts'
import { required } from '../../clients/required.ts'
import type { Context } from '../../context.ts'
import {
  countCancellationAttempt,
  type DueCancellation,
  endCancellation,
  findCancellation,
  insertCancellations,
} from '../../db/queries/task-cancellations.ts'
import { releaseOf } from '../../domain/rebuild/images/nvr.ts'
import { containerRequest } from '../../domain/rebuild/submit/container-request.ts'
import { isFinalTaskState } from '../../domain/rebuild/task-state.ts'
import { type CancelAnswer, judgeCancelAttempt } from '../../domain/rebuild/transition/judge-cancel.ts'
import { isOfThing, NotReady } from '../../lib/errors.ts'
import { notingWrites } from '../service-trouble.ts'
import { uncertainSince } from '../submit/build-claim.ts'
import { findTask } from '../submit/find-task.ts'
import { LEASE_MS } from '../submit/hold-claim.ts'
import { afterCommit, applyFact, applyFactIn } from './apply-fact.ts'
import { expectSurplus } from './cancel-surplus.ts'

/** A claim's end is looked at a little later, since clocks of processes differ. */
const SPARE_MS = 50

/**
 * Safe to repeat: a task that has ended stays as it is, and a cancellation whose end is recorded is gone.
 * @throws NotReady before the next attempt, and while a submission that is under way may still create the task
 */
export async function cancelTask(ctx: Context, buildId: number): Promise<void> {
  const due = await findCancellation(ctx.db.fork(), buildId)
  if (!due) return
  const taskId = due.taskId ?? (await findUnknownTask(ctx, due))
  if (taskId === undefined) return endCancellation(ctx.db.fork(), buildId, null)
  const answer = await attemptCancel(ctx, due, taskId)
  const { state } = answer
  const isOver = state === null || isFinalTaskState(state)
  const attempts = isOver ? 0 : await countCancellationAttempt(ctx.db.fork(), buildId, taskId)
  const step = judgeCancelAttempt({ buildId, taskId }, answer, attempts)
  if ('retryInMs' in step) throw new NotReady(`task ${taskId} is still ${state}`, step.retryInMs)
  const applied = await ctx.db.transaction(async (em) => {
    const applied = await applyFactIn(ctx, em, due.eventId, step.fact) // first, as it locks the event
    await endCancellation(em, buildId, taskId)
    return applied
  })
  ctx.log.info({ event: due.eventId, build: buildId, task: taskId, state }, 'task cancellation ended')
  await afterCommit(ctx, due.eventId, applied)
}

/** Requests the cancellation; in a dry run nothing leaves the process. */
async function attemptCancel(ctx: Context, due: DueCancellation, taskId: number): Promise<CancelAnswer> {
  if (isDryRun(ctx, due)) return { state: 'CANCELED' }
  const { koji } = required(ctx.clients, 'koji')
  if (await isForeign(koji, taskId, due.rebuiltNvr)) return { state: null }
  return notingWrites(ctx, () => koji.cancelTask(taskId))
}

/** Whether a restored hub has assigned the id to another task, perhaps one of ours. A task that cannot be read is canceled nevertheless. */
async function isForeign(koji: KojiClient, taskId: number, rebuiltNvr: string | null): Promise<boolean> {
  try {
    const { kind } = await koji.taskOutcome(taskId, releaseOf(rebuiltNvr))
    return kind === 'foreign'
  } catch (error) {
    if (isOfThing(error)) return false
    throw error
  }
}

/**
 * The task that a submission has created which was under way when its build was canceled, or failed; undefined when it created
 * none. While its claim lasts the submission itself may still store the task.
 */
async function findUnknownTask(ctx: Context, due: DueCancellation): Promise<number | undefined> {
  const { buildId, eventId, claimUntil, rebuiltNvr, retryCount } = due
  if (claimUntil === null || rebuiltNvr === null || isDryRun(ctx, due)) return undefined
  const leftMs = claimUntil.getTime() + SPARE_MS - ctx.now().getTime()
  if (leftMs > 0) throw new NotReady('a submission of the build is under way', leftMs)
  const request = containerRequest({ ...due, rebuiltNvr, composeIds: [] }, ctx.settings)
  if (typeof request === 'string') return undefined
  const since = uncertainSince(claimUntil.getTime() - LEASE_MS, rebuiltNvr)
  const taskId = await findTask(ctx, required(ctx.clients, 'koji').koji, { buildId, request, since })
  if (taskId === undefined) {
    await expectSurplus(ctx, buildId, request, since)
    return undefined
  }
  const { ignored } = await applyFact(ctx, eventId, { kind: 'task-submitted', buildId, taskId, retryCount })
  // A build that has failed takes no task.
  if (ignored !== undefined) await insertCancellations(ctx.db.fork(), [{ buildId, taskId }], ctx.now())
  return taskId
}

function isDryRun(ctx: Context, due: DueCancellation): boolean {
  return due.dryRun || ctx.settings.env.DRY_RUN
}
