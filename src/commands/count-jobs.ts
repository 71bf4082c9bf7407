/** Counts the jobs of all queues, in a time that does not depend on how many there are, and at most once a second. */
import { QUEUE_NAMES, type QueueName } from '../../queues/catalog.ts'
import type { Context } from '../context.ts'
import { countStoredJobs, JOB_STATES, type JobCounts } from '../db/queries/pages/job-counts.ts'

type Counting = Pick<Context, 'queues' | 'db' | 'jobCounts'>

/** The numbers of about a second ago or later: all pages of the queues and the metrics share them. Reads only. */
export function countJobs(ctx: Counting): Promise<Map<QueueName, JobCounts>> {
  return ctx.jobCounts.get(() => countNow(ctx))
}

/** Redis knows the numbers; PostgreSQL would read every job, so there it counts up to a limit (`MAX_COUNTED`). */
async function countNow({ queues, db }: Counting): Promise<Map<QueueName, JobCounts>> {
  if (queues.kind === 'postgres') {
    await queues.byName.intake.waitUntilReady() // BullMQ makes its tables when the first queue is used
    return countStoredJobs(db.fork(), QUEUE_NAMES)
  }
  const counted = QUEUE_NAMES.map(async (name) => {
    const counts = await queues.byName[name].getJobCounts(...JOB_STATES)
    const all = JOB_STATES.map((state) => [state, counts[state] ?? 0] as const)
    return [name, Object.fromEntries(all) as JobCounts] as const // an entry for each state
  })
  return new Map(await Promise.all(counted))
}
