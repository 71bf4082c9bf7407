/** Cancels tasks of an attempt that the build system made late: the attempt had been submitted once more, or its build had ended (decision 0005). */
import type { Report } from '../../../queues/payloads.ts'
import { required } from '../../clients/required.ts'
import type { Context } from '../../context.ts'
import {
  endSurplusSearch,
  insertSurplusSearch,
  type SurplusSearch,
} from '../../db/queries/submit/surplus-searches.ts'
import type { ContainerRequest } from '../../domain/rebuild/submit/container-request.ts'
import { NotReady } from '../../lib/errors.ts'
import { enqueueOrLeave } from '../enqueue-or-leave.ts'
import { findSurplus } from '../submit/find-task.ts'

/** How long the build system may take for a request whose sender is gone. */
const PATIENCE_MS = 600_000
/** Each pause is as long as all before together: a task appears soon or hardly ever. */
const FIRST_PAUSE_MS = 10_000

type SurplusReport = Extract<Report, { kind: 'surplus-due' }>

/** The report that starts a search. */
export function surplusReport({ since, submittedAt, ...search }: SurplusSearch): SurplusReport {
  return { kind: 'surplus-due', ...search, since: since.getTime(), submittedAt: submittedAt.getTime() }
}

/** Schedules a search for such tasks of an attempt, created at `since` or later. It is stored, so that it cannot be lost. Safe to repeat. */
export async function expectSurplus(
  ctx: Pick<Context, 'db' | 'log' | 'queues' | 'now'>,
  buildId: number,
  { source, opts: { release } }: ContainerRequest,
  since: Date,
): Promise<void> {
  const search = { buildId, source, release, since, submittedAt: ctx.now() }
  await insertSurplusSearch(ctx.db.fork(), search)
  await enqueueOrLeave(ctx, { build: buildId }, () => ctx.queues.enqueue('transition', surplusReport(search)))
}

/**
 * Nothing follows such a task, and only one of the two could be imported under its name. Safe to repeat: a task that has ended
 * stays as it is. In a dry run nothing leaves the process. @throws NotReady while it may still come
 */
export async function cancelSurplus(
  ctx: Context,
  { buildId, source, release, since, submittedAt }: SurplusReport,
): Promise<void> {
  const isDryRun = ctx.settings.env.DRY_RUN
  const surplus = isDryRun ? [] : await cancelFound(ctx, { buildId, source, release, since: new Date(since) })
  const waitedMs = ctx.now().getTime() - submittedAt
  if (!isDryRun && surplus.length === 0 && waitedMs < PATIENCE_MS)
    throw new NotReady('a task of the try may still come', Math.max(waitedMs, FIRST_PAUSE_MS))
  await endSurplusSearch(ctx.db.fork(), { buildId, release, submittedAt: new Date(submittedAt) })
}

async function cancelFound(ctx: Context, search: Omit<SurplusSearch, 'submittedAt'>): Promise<number[]> {
  const { koji } = required(ctx.clients, 'koji')
  const surplus = await findSurplus(ctx, koji, search)
  for (const taskId of surplus) {
    const { state, refusal } = await koji.cancelTask(taskId)
    ctx.log.warn(
      { build: search.buildId, task: taskId, state, refusal },
      'canceled the surplus task of a try',
    )
  }
  return surplus
}
