/** Enqueues jobs: checked payloads, fixed job ids, failed jobs revived when their work is due again. */
import type { JobsOptions, Queue } from 'bullmq'
import { chunksOf } from '../src/lib/async/batch.ts'
import type { Persistence } from '../src/lib/until-reachable.ts'
import { CATALOG, type Payload, QUEUE_NAMES, type QueueName } from './catalog.ts'
import { createOverdueDelays, type IsOverdue } from './overdue-delays.ts'
import { untilReady } from './ready.ts'
import type { QueueStore } from './store.ts'

const KEEP_FAILED_S = 7 * 24 * 3600
/** More jobs than this are added in bulk. */
const MAX_SINGLE = 4
/** Jobs whose states `requeue` looks up at once. */
const REQUEUE_CHUNK = 500

/** `delayMs`: the job starts no earlier; `priority`: 1 goes first (BullMQ's order); jobs without a priority go before all that have one. */
export type When = { delayMs?: number; priority?: number }

/** The producing side of all queues. */
export type Queues = {
  kind: QueueStore['kind']
  /** One BullMQ queue for each entry of the catalog, for the operators' board and the metrics. */
  byName: Record<QueueName, Queue>
  /** Call it before the first use: replaces queues whose first connection has failed, because BullMQ would never connect those again. */
  untilReady(persistence: Persistence): Promise<void>
  /** Adds a job; does nothing while one with the same id waits or runs. */
  enqueue<N extends QueueName>(name: N, payload: Payload<N>, when?: When): Promise<void>
  /** The same for many jobs, in few round trips. */
  enqueueAll<N extends QueueName>(name: N, items: { payload: Payload<N>; when?: When }[]): Promise<void>
  /**
   * For items that are due according to the database, oldest first: adds the jobs that are lost, restarts those that had failed
   * permanently, and starts those that are still delayed although their delay is over. Ends early when a whole chunk has its jobs and the queue has as many jobs as there are items, so that a long queue
   * is not looked through each time.
   */
  requeue<N extends QueueName>(name: N, items: { payload: Payload<N>; when?: When }[]): Promise<void>
  /** @throws Error with the reason when the store does not answer or takes no jobs */
  check(): Promise<void>
  close(): Promise<void>
}

/** Opens all queues on `store`; `onError` receives lost connections, which BullMQ restores by itself. */
export function openQueues(
  store: QueueStore,
  onError: (error: Error) => void,
  isOverdue = createOverdueDelays(),
): Queues {
  const open = (name: QueueName) => {
    const queue = store.queue(name, {})
    queue.on('error', onError)
    return queue
  }
  const opened = QUEUE_NAMES.map((name) => [name, open(name)])
  const byName = Object.fromEntries(opened) as Record<QueueName, Queue> // one for each name, by construction

  const enqueueAll: Queues['enqueueAll'] = async (name, items) => {
    const jobs = items.map(({ payload, when }) => jobOf(name, payload, when))
    // In PostgreSQL `addBulk` makes two tables for each call, which costs more than a few single jobs.
    if (jobs.length > MAX_SINGLE) await byName[name].addBulk(jobs)
    else for (const { data, opts } of jobs) await byName[name].add(name, data, opts)
  }
  return {
    kind: store.kind,
    byName,
    async untilReady(persistence) {
      // One after the other, so that they take one connection of the pool: a starting process needs the others.
      for (const name of QUEUE_NAMES)
        byName[name] = await untilReady(byName[name], () => open(name), persistence)
    },
    enqueue: (name, payload, when) => enqueueAll(name, [{ payload, when }]),
    enqueueAll,
    async requeue(name, items) {
      const queue = byName[name]
      for (const chunk of chunksOf(items, REQUEUE_CHUNK)) {
        const ids = chunk.map(({ payload }) => jobIdOf(name, payload))
        const states = await Promise.all(ids.map((id) => queue.getJobState(id)))
        const lost = chunk.filter((_item, index) => states[index] === 'unknown')
        await enqueueAll(name, lost)
        const failed = ids.filter((_id, index) => states[index] === 'failed')
        await Promise.all(failed.map((id) => startOver(queue, id)))
        const delayed = ids.filter((_id, index) => states[index] === 'delayed')
        await Promise.all(delayed.map((id) => startOverdue(queue, id, isOverdue)))
        if (lost.length + failed.length === 0 && (await countJobs(queue)) >= items.length) return
      }
    },
    async check() {
      await store.check()
      await byName.intake.getWaitingCount()
    },
    close: async () => {
      await Promise.all(Object.values(byName).map((queue) => queue.close()))
    },
  }
}

async function startOver(queue: Queue, id: string): Promise<void> {
  const job = await queue.getJob(id)
  await job?.retry('failed', { resetAttemptsMade: true }).catch(() => undefined) // it may have been started over meanwhile
}

async function startOverdue(queue: Queue, id: string, isOverdue: IsOverdue): Promise<void> {
  const job = await queue.getJob(id)
  if (job && isOverdue(job)) await job.promote().catch(() => undefined) // it may have started meanwhile
}

async function countJobs(queue: Queue): Promise<number> {
  return queue.getJobCountByTypes('waiting', 'prioritized', 'delayed', 'active')
}

/** The id of the job with this payload. */
export function jobIdOf<N extends QueueName>(name: N, payload: Payload<N>): string {
  // TypeScript cannot see that the entry and the payload belong to the same `N`.
  return (CATALOG[name].jobId as (payload: Payload<N>) => string)(payload)
}

/** Rounds a delay up, so that the job starts no earlier: in PostgreSQL one delayed by a fraction of a millisecond fails forever. */
export function wholeMs(ms: number): number {
  return Math.ceil(ms)
}

function jobOf<N extends QueueName>(name: N, payload: Payload<N>, when: When = {}) {
  const { attempts, backoffMs, keepDoneS } = CATALOG[name]
  const opts: JobsOptions = {
    jobId: jobIdOf(name, payload),
    attempts,
    backoff: { type: 'exponential', delay: backoffMs, jitter: 0.3 },
    removeOnComplete: keepDoneS ? { age: keepDoneS } : true,
    removeOnFail: { age: KEEP_FAILED_S },
    ...(when.delayMs ? { delay: wholeMs(when.delayMs) } : {}),
    ...(when.priority ? { priority: when.priority } : {}),
  }
  return { name, data: CATALOG[name].payload.parse(payload), opts }
}
