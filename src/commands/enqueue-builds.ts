/** Turns builds that are ready into jobs for `submit`: longest remaining path first, no earlier than allowed. */
import type { When } from '../../queues/enqueue.ts'
import type { Context } from '../context.ts'
import { type DueBuild, readyAmong } from '../db/queries/due-work.ts'

/** BullMQ's largest priority number; the number 1 goes first. */
const LAST = 2 ** 21 - 1

/** Enqueues those of these builds that are ready to submit; the others are woken by what they wait for. */
export async function enqueueBuilds(ctx: Context, buildIds: readonly number[]): Promise<void> {
  if (buildIds.length === 0) return
  const now = ctx.now()
  const ready = await readyAmong(ctx.db.fork(), buildIds)
  await ctx.queues.enqueueAll(
    'submit',
    ready.map((build) => submitJob(build, now)),
  )
}

/** The job of a build, in the form `enqueueAll('submit', ...)` takes. */
export function submitJob(build: DueBuild, now: Date): { payload: { buildId: number }; when: When } {
  const wait = build.submitAfter ? build.submitAfter.getTime() - now.getTime() : 0
  const when = { priority: priorityOf(build.remainingPathS), ...(wait > 0 ? { delayMs: wait } : {}) }
  return { payload: { buildId: build.id }, when }
}

/** The longer the path that waits behind a build, the smaller its number and the earlier its turn. */
function priorityOf(remainingPathS: number): number {
  return Math.max(1, LAST - Math.max(0, Math.round(remainingPathS)))
}
