/** Cancels tasks of a try that the build system made late: the try had been submitted once more, or its build had ended (decision 0005). */
import type { Report } from '../../../queues/payloads.ts'
import { required } from '../../clients/required.ts'
import type { Context } from '../../context.ts'
import type { ContainerRequest } from '../../domain/rebuild/submit/container-request.ts'
import { NotReady } from '../../lib/errors.ts'
import { findSurplus } from '../submit/find-task.ts'

/** How long the build system may take for a request whose sender is gone. */
const PATIENCE_MS = 600_000
/** Each pause is as long as all before together: a task comes soon or hardly at all. */
const FIRST_PAUSE_MS = 10_000

/** Has the tasks of a try looked through for such ones, which may exist since then. Safe to repeat: it adds a job. */
export async function expectSurplus(
  ctx: Pick<Context, 'queues' | 'now'>,
  buildId: number,
  { source, opts: { release } }: ContainerRequest,
  since: Date,
): Promise<void> {
  const times = { since: since.getTime(), submittedAt: ctx.now().getTime() }
  await ctx.queues.enqueue('transition', { kind: 'surplus-due', buildId, source, release, ...times })
}

/**
 * Nothing follows such a task, and only one of the two could be imported under its name. Safe to repeat: a task that has ended
 * stays as it is. @throws NotReady while it may still come
 */
export async function cancelSurplus(
  ctx: Context,
  { buildId, source, release, since, submittedAt }: Extract<Report, { kind: 'surplus-due' }>,
): Promise<void> {
  const { koji } = required(ctx.clients, 'koji')
  const surplus = await findSurplus(ctx, koji, { buildId, source, release, since: new Date(since) })
  for (const taskId of surplus) {
    const { state, refusal } = await koji.cancelTask(taskId)
    ctx.log.warn({ build: buildId, task: taskId, state, refusal }, 'canceled the surplus task of a try')
  }
  const waitedMs = ctx.now().getTime() - submittedAt
  if (surplus.length === 0 && waitedMs < PATIENCE_MS)
    throw new NotReady('a task of the try may still come', Math.max(waitedMs, FIRST_PAUSE_MS))
}
