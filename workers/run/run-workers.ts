/** Runs one worker of BullMQ for each queue until the process stops. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job, Worker } from 'bullmq'
import { CATALOG, QUEUE_NAMES, type QueueName } from '../../queues/catalog.ts'
import { untilReady } from '../../queues/ready.ts'
import { enqueueOrLeave } from '../../src/commands/enqueue-or-leave.ts'
import { type Context, persistenceOf } from '../../src/context.ts'
import { messageOf, NotReady } from '../../src/lib/errors.ts'
import { createPerformer } from './perform-job.ts'
import type { WorkerOf, WorkerTable } from './worker.ts'

/**
 * A job whose worker gave no sign of life for this long is given to another one: an event waits this long after a
 * crash. Short, since a job that is wrongly given away (a long plan keeps its process from renewing) runs twice safely.
 */
const LOCK_MS = 5000
const STALLED_CHECK_MS = 1000
/** After a failed attempt to take a job. BullMQ would wait 15 s for a store that is down, even once it is back or the worker stops. */
const RUN_AGAIN_MS = 1000
/** A job may be taken over any number of times: every worker is safe to repeat. */
const MAX_STALLED = 1_000_000

/**
 * Starts all workers; `stop` waits for the jobs that run. After half of `shutdown_grace_s` jobs that still run,
 * such as one that waits for a service, are postponed; whatever they started ends with the process, as after a kill.
 */
export async function runWorkers(ctx: Context, table: WorkerTable): Promise<{ stop(): Promise<void> }> {
  const looks = new Set<Promise<void>>()
  const open = async (name: QueueName) => {
    const make = () => openWorker(ctx, name, table[name] as WorkerOf<QueueName>, looks) // same key
    const worker = await untilReady(make(), make, persistenceOf(ctx.settings, ctx.log))
    void keepRunning(worker)
    return worker
  }
  const workers = await Promise.all(QUEUE_NAMES.map(open))
  return {
    stop: async () => {
      ctx.queueStore.stopWaiting()
      const endWork = setTimeout(
        () => ctx.endWork.abort(new NotReady('the process is stopping: another one continues', 0)),
        (ctx.settings.file.shutdown_grace_s * 1000) / 2,
      )
      await Promise.all(workers.map((worker) => worker.close()))
      await Promise.all(looks)
      clearTimeout(endWork)
    },
  }
}

/** Restarts the loop of the worker when an error has ended it: otherwise the process would continue without that queue. */
async function keepRunning(worker: Worker): Promise<void> {
  while (!worker.closing) {
    await worker.run().catch((error: unknown) => worker.emit('error', error as Error)) // BullMQ throws nothing else
    if (!worker.closing) await sleep(RUN_AGAIN_MS)
  }
}

/** `looks`: holds what `lookAgain` of the worker has under way. */
function openWorker(
  ctx: Context,
  name: QueueName,
  worker: WorkerOf<QueueName>,
  looks: Set<Promise<void>>,
): Worker {
  const opened = ctx.queueStore.worker(name, createPerformer(ctx, name, worker), {
    concurrency: CATALOG[name].concurrency,
    autorun: false,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_STALLED,
    runRetryDelay: RUN_AGAIN_MS,
    // In PostgreSQL they would cost each job a transaction on one hot row.
    ...(ctx.queueStore.kind === 'redis' && { metrics: { maxDataPoints: 120 } }),
  })
  const { lookAgain } = worker
  if (lookAgain)
    opened.on('completed', ({ data }: Job) => {
      const payload = CATALOG[name].payload.parse(data)
      const look = enqueueOrLeave(ctx, { queue: name, job: payload }, () => lookAgain(ctx, payload))
      looks.add(look)
      void look.finally(() => looks.delete(look))
    })
  opened.on('error', (error) => ctx.log.warn({ queue: name, err: messageOf(error) }, 'queue worker error'))
  return opened
}
