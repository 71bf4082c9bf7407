/** Enqueues jobs: checked payloads, fixed job ids, failed jobs revived when their work is due again. */
import type { JobsOptions, Queue } from 'bullmq'
import { CATALOG, type Payload, QUEUE_NAMES, type QueueName } from './catalog.ts'
import type { QueueStore } from './store.ts'

const KEEP_FAILED_S = 7 * 24 * 3600
const MAX_SINGLE = 4

/** `delayMs`: the job starts no earlier; `priority`: 1 goes first (BullMQ's order), a job without one before all numbers. */
export type When = { delayMs?: number; priority?: number }

/** The producing side of all queues. */
export type Queues = {
  kind: QueueStore['kind']
  /** One BullMQ queue for each entry of the catalog, for the operators' board and the metrics. */
  byName: Record<QueueName, Queue>
  /** Adds a job; does nothing while one with the same id waits or runs. */
  enqueue<N extends QueueName>(name: N, payload: Payload<N>, when?: When): Promise<void>
  /** Adds many at once, in few round trips. */
  enqueueAll<N extends QueueName>(name: N, items: { payload: Payload<N>; when?: When }[]): Promise<void>
  /** Like `enqueueAll`, and starts over those that had failed for good: for what the database says is due. */
  requeue<N extends QueueName>(name: N, items: { payload: Payload<N>; when?: When }[]): Promise<void>
  close(): Promise<void>
}

/** Opens all queues on `store`; `onError` receives lost connections, which BullMQ restores by itself. */
export function openQueues(store: QueueStore, onError: (error: Error) => void): Queues {
  const byName = Object.fromEntries(
    QUEUE_NAMES.map((name) => {
      const queue = store.queue(name, {})
      queue.on('error', onError)
      return [name, queue]
    }),
  ) as Record<QueueName, Queue> // one for each name, by construction

  const enqueueAll: Queues['enqueueAll'] = async (name, items) => {
    const jobs = items.map(({ payload, when }) => jobOf(name, payload, when))
    // In PostgreSQL `addBulk` makes two tables for each call, which costs more than a few single jobs.
    if (jobs.length > MAX_SINGLE) await byName[name].addBulk(jobs)
    else for (const { data, opts } of jobs) await byName[name].add(name, data, opts)
  }
  return {
    kind: store.kind,
    byName,
    enqueue: (name, payload, when) => enqueueAll(name, [{ payload, when }]),
    enqueueAll,
    async requeue(name, items) {
      await enqueueAll(name, items)
      for (const { payload } of items) {
        const job = await byName[name].getJob(jobIdOf(name, payload))
        if (job && (await job.isFailed())) await job.retry('failed').catch(() => undefined)
      }
    },
    close: async () => {
      await Promise.all(Object.values(byName).map((queue) => queue.close()))
    },
  }
}

/** The id of the job with this payload. */
export function jobIdOf<N extends QueueName>(name: N, payload: Payload<N>): string {
  // TypeScript cannot see that the entry and the payload belong to the same `N`.
  return (CATALOG[name].jobId as (payload: Payload<N>) => string)(payload)
}

/** In PostgreSQL a job that is delayed by a fraction of a millisecond fails forever; rounded up, it starts no earlier. */
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
