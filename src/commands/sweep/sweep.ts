/** Enqueues again whatever is due according to the database: an emptied queue store costs time, never work. */
import type { Payload, QueueName } from '../../../queues/catalog.ts'
import type { Context } from '../../context.ts'
import { dueDecisions } from '../../db/queries/decisions/subjects.ts'
import {
  dryRunTaskIds,
  dueBuilds,
  dueInboxRows,
  dueOutbox,
  eventsToDiscover,
  eventsToEnd,
  eventsToPlan,
} from '../../db/queries/due-work.ts'
import { deleteStaleTroubles } from '../../db/queries/service-troubles.ts'
import { deleteLostProcesses } from '../../db/queries/silence/signs.ts'
import { dueSurplusSearches } from '../../db/queries/submit/surplus-searches.ts'
import { dueCancellations } from '../../db/queries/task-cancellations.ts'
import { deleteStaleWaits } from '../../db/queries/waits.ts'
import { submitJob } from '../enqueue-builds.ts'
import { surplusReport } from '../transition/cancel-surplus.ts'

/** The job of a row that was just written is on its way; only older rows are swept. */
const SETTLED_AFTER_MS = 2000
/** Far longer than the longest pause between two attempts. */
const STALE_AFTER_MS = 600_000

/** Every query has an index of its own; jobs that still wait are not duplicated. Safe to run at any time. */
export async function sweep(ctx: Context): Promise<Record<string, number>> {
  const now = ctx.now()
  const before = new Date(now.getTime() - SETTLED_AFTER_MS)
  const em = ctx.db.fork()
  const counts = {
    intake: await requeue(ctx, 'intake', await dueInboxRows(em, before), (inboxId) => ({ inboxId })),
    discover: await requeue(ctx, 'discover', await eventsToDiscover(em, before), (eventId) => ({ eventId })),
    plan: await requeue(ctx, 'plan', await eventsToPlan(em, before), (eventId) => ({ eventId })),
    submit: await sweepBuilds(ctx),
    decide: await requeue(ctx, 'decide', await dueDecisions(em, before), (row) => row),
    publish: await requeue(ctx, 'publish', await dueOutbox(em, before), (row) => row),
    transition: await sweepReports(ctx),
  }
  await deleteStaleTroubles(em, new Date(now.getTime() - STALE_AFTER_MS))
  await deleteLostProcesses(em, new Date(now.getTime() - STALE_AFTER_MS))
  await deleteStaleWaits(em, new Date(now.getTime() - STALE_AFTER_MS))
  return counts
}

async function sweepBuilds(ctx: Context): Promise<number> {
  const now = ctx.now()
  const due = await dueBuilds(ctx.db.fork(), now)
  await ctx.queues.requeue(
    'submit',
    due.map((build) => submitJob(build, now)),
  )
  return due.length
}

/** Tasks of dry runs, which nothing else reports, events that nothing else would end, and tasks still to be canceled or searched for. */
async function sweepReports(ctx: Context): Promise<number> {
  const em = ctx.db.fork()
  const reported = (taskId: number) => ({ kind: 'task-reported' as const, taskId })
  const recheck = (eventId: number) => ({ kind: 'recheck' as const, eventId })
  const cancelDue = (buildId: number) => ({ kind: 'cancel-due' as const, buildId })
  return (
    (await requeue(ctx, 'transition', await dryRunTaskIds(em), reported)) +
    (await requeue(ctx, 'transition', await eventsToEnd(em), recheck)) +
    (await requeue(ctx, 'transition', await dueCancellations(em), cancelDue)) +
    (await requeue(ctx, 'transition', await dueSurplusSearches(em), surplusReport))
  )
}

async function requeue<N extends QueueName, T>(
  ctx: Context,
  queue: N,
  due: readonly T[],
  payloadOf: (item: T) => Payload<N>,
): Promise<number> {
  await ctx.queues.requeue(
    queue,
    due.map((item) => ({ payload: payloadOf(item) })),
  )
  return due.length
}
