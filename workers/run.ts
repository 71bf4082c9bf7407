/** Runs workers: the only code that touches BullMQ's Worker. What was thrown decides what becomes of the job. */
import { DelayedError, type Job, UnrecoverableError, type Worker } from 'bullmq'
import { CATALOG, type Payload, QUEUE_NAMES, type QueueName } from '../queues/catalog.ts'
import type { Context } from '../src/context.ts'
import { messageOf, NotReady, Permanent } from '../src/lib/errors.ts'

/** `isLast`: no further try of this job follows, so what time will not mend has to end with its reason now. */
export type Attempt = { isLast: boolean }

/** What a worker file exports: repeating it with the same payload must be safe. */
export type WorkerOf<N extends QueueName> = (
  ctx: Context,
  payload: Payload<N>,
  attempt: Attempt,
) => Promise<void>

/** One worker for each queue of the catalog; leaving one out does not compile. */
export type WorkerTable = { [N in QueueName]: WorkerOf<N> }

/**
 * A job whose worker gave no sign of life for this long is given to another one: an event waits this long after a
 * crash. Short, since a job that is wrongly given away (a long plan keeps its process from renewing) runs twice safely.
 */
const LOCK_MS = 5000
const STALLED_CHECK_MS = 1000
/** A job may be taken over any number of times: every worker is safe to repeat. */
const MAX_STALLED = 1_000_000

/** Starts all workers; `stop` waits for the jobs that run. */
export async function runWorkers(ctx: Context, table: WorkerTable): Promise<{ stop(): Promise<void> }> {
  const workers = QUEUE_NAMES.map((name) => startWorker(ctx, name, table[name] as WorkerOf<QueueName>)) // same key
  await Promise.all(workers.map((worker) => worker.waitUntilReady()))
  return {
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.close()))
    },
  }
}

function startWorker(ctx: Context, name: QueueName, work: WorkerOf<QueueName>): Worker {
  const { concurrency, payload: schema } = CATALOG[name]
  const process = async (job: Job, token?: string) => {
    const started = performance.now()
    const seconds = () => (performance.now() - started) / 1000
    try {
      await work(ctx, schema.parse(job.data), { isLast: isLastTry(job) })
      ctx.metrics.job(name, 'done', seconds())
    } catch (error) {
      ctx.metrics.job(name, error instanceof NotReady ? 'later' : 'failed', seconds())
      await putOff(job, token, error)
      throw explain(ctx, name, job, error)
    }
  }
  const worker = ctx.queueStore.worker(name, process, {
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_STALLED,
    metrics: { maxDataPoints: 120 },
  })
  worker.on('error', (error) => ctx.log.warn({ queue: name, err: messageOf(error) }, 'worker'))
  return worker
}

/** Not ready is no failure: the job goes back to wait without losing a try. */
async function putOff(job: Job, token: string | undefined, error: unknown): Promise<void> {
  if (!(error instanceof NotReady)) return
  await job.moveToDelayed(Date.now() + error.retryInMs, token)
  throw new DelayedError(error.message)
}

function isLastTry(job: Job): boolean {
  return job.attemptsMade + 1 >= (job.opts.attempts ?? 1)
}

function explain(ctx: Context, queue: QueueName, job: Job, error: unknown): Error {
  const attempt = job.attemptsMade + 1
  const last = error instanceof Permanent || isLastTry(job)
  const fields = { queue, job: job.id, attempt, err: error }
  ctx.log[last ? 'error' : 'warn'](fields, last ? 'job failed for good' : 'job failed, will be tried again')
  if (error instanceof Permanent) return new UnrecoverableError(error.message)
  return error instanceof Error ? error : new Error(messageOf(error))
}
