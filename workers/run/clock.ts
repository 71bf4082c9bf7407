/** The clock of a worker process: reminds of `poll` and `sweep` at regular intervals. */
import type { Job } from 'bullmq'
import { jobIdOf, type Queues } from '../../queues/enqueue.ts'
import type { Context } from '../../src/context.ts'
import { messageOf } from '../../src/lib/errors.ts'

/** The queues whose jobs are named after a slot of time. */
type Scheduled = 'poll' | 'sweep'

/**
 * Every process has its own clock. Jobs are named after the slot of time, so however many processes there are, each slot has
 * one job, or none while an earlier one still waits. The clock is not in the queue store: emptying that cannot stop it.
 * @returns what stops it
 */
export function startClock(ctx: Context, queue: Scheduled, everyMs: number): () => void {
  const tick = () => {
    enqueueSlot(ctx.queues, queue, { now: ctx.now(), everyMs }).catch((error: unknown) => {
      ctx.log.warn({ queue, err: messageOf(error) }, 'could not enqueue scheduled job')
    })
  }
  tick()
  const timer = setInterval(tick, everyMs)
  return () => clearInterval(timer)
}

/** Enqueues the job of the slot that contains `now`, unless it has one or an earlier one still waits. */
export async function enqueueSlot(
  queues: Queues,
  queue: Scheduled,
  { now, everyMs }: { now: Date; everyMs: number },
): Promise<void> {
  const payload = { slot: Math.floor(now.getTime() / everyMs) }
  if ((await queues.byName[queue].getWaitingCount()) > 0) return
  const job: Job | undefined = await queues.byName[queue].getJob(jobIdOf(queue, payload))
  if (job && isOfOtherTime(job, now, everyMs)) await job.remove()
  await queues.enqueue(queue, payload)
}

/**
 * Whether the job ended outside its slot: the clock that named it was ahead and has been set back since, or belonged to another
 * machine. Its id is taken for minutes, during which nothing would be polled or swept.
 */
function isOfOtherTime({ finishedOn }: Job, now: Date, everyMs: number): boolean {
  return finishedOn !== undefined && Math.abs(now.getTime() - finishedOn) > everyMs
}
