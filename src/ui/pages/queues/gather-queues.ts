/** Collects what the page of the queues shows; no query depends on the number of jobs, and each has a time limit. */
import { QUEUE_NAMES, type QueueName } from '../../../../queues/catalog.ts'
import { countJobs } from '../../../commands/count-jobs.ts'
import type { Context } from '../../../context.ts'
import type { JobCounts } from '../../../db/queries/pages/job-counts.ts'
import { waitsOfQueues } from '../../../db/queries/pages/queue-rows.ts'
import type { QueueFacts } from '../../../domain/queue-verdict.ts'
import type { SignsOfLife } from '../../../domain/silence.ts'
import { withinTime } from '../../../lib/async/deadline.ts'

/** What is known of a queue; `perMinute` null: the queue store does not count. */
export type QueueView = Pick<QueueFacts, 'counts' | 'waits'> & {
  name: QueueName
  due: Date | null
  perMinute: number | null
  /** The newest jobs that failed permanently. */
  failed: { id: string; reason: string }[]
}

const PATIENCE_MS = 2000
const SHOWN_FAILURES = 3
/** Minutes over which the speed is measured. */
const MINUTES = 10

/** All queues in pipeline order; `due`: since when each is due. What does not come in time is not known. */
export async function gatherQueues(ctx: Context, due: SignsOfLife['oldestDue']): Promise<QueueView[]> {
  const waits = Map.groupBy(await waitsOfQueues(ctx.db.fork()), ({ queue }) => queue)
  const inTime = <T>(work: Promise<T>) => withinTime(work, PATIENCE_MS).catch(() => null)
  const counts = await inTime(countJobs(ctx))
  return Promise.all(
    QUEUE_NAMES.map(async (name) => ({
      name,
      due: due[name] ?? null,
      waits: waits.get(name) ?? [],
      counts: countsOf(counts?.get(name)),
      perMinute: await inTime(speedOf(ctx, name)),
      failed: counts?.get(name)?.failed === 0 ? [] : ((await inTime(newestFailures(ctx, name))) ?? []),
    })),
  )
}

/** Jobs with a priority wait too. */
function countsOf(counts: JobCounts | undefined): QueueFacts['counts'] {
  if (!counts) return null
  const { waiting, prioritized, ...others } = counts
  return { ...others, waiting: waiting + prioritized }
}

/** Finished jobs a minute; null in PostgreSQL, since only Redis counts them (`workers/run/run-workers.ts`). */
async function speedOf({ queues }: Context, name: QueueName): Promise<number | null> {
  if (queues.kind !== 'redis') return null
  const { data } = await queues.byName[name].getMetrics('completed', 0, MINUTES - 1)
  return Math.round((data.reduce((sum, each) => sum + Number(each), 0) / MINUTES) * 10) / 10
}

async function newestFailures({ queues }: Context, name: QueueName) {
  const jobs = await queues.byName[name].getFailed(0, SHOWN_FAILURES - 1)
  return jobs.map((job) => ({ id: job.id ?? '', reason: job.failedReason ?? '' }))
}
