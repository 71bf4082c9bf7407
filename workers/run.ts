/** Runs workers: the only code that touches BullMQ's Worker. What was thrown decides what becomes of the job. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DelayedError, type Job, UnrecoverableError, type Worker } from 'bullmq'
import { CATALOG, type Payload, QUEUE_NAMES, type QueueName } from '../queues/catalog.ts'
import { jobIdOf, wholeMs } from '../queues/enqueue.ts'
import { untilReady } from '../queues/ready.ts'
import type { Proof } from '../src/commands/service-trouble.ts'
import { noteProgress, waitFor } from '../src/commands/wait.ts'
import { type Context, persistenceOf } from '../src/context.ts'
import { orAborted } from '../src/lib/async/deadline.ts'
import { isTransient, messageOf, NotReady, Permanent, Skip } from '../src/lib/errors.ts'
import { storableText } from '../src/lib/storable.ts'
import { createCallCircuits } from './call-circuits.ts'
import { inJobSpan } from './job-span.ts'
import { createPlaces } from './places.ts'

/**
 * Why a job is given up. `skip`: there is nothing to do, which is a proper end. `out-of-patience`: what it waited for
 * did not come in time. `text` is the reason to store.
 */
export type GiveUpReason = {
  kind: 'skip' | 'permanent' | 'out-of-attempts' | 'out-of-patience'
  text: string
  error: unknown
}

/**
 * What a worker file exports. Repeating `run` with the same payload must be safe; so must `giveUp`, which says how the
 * thing ends when no attempt is left or waiting will not help.
 */
export type WorkerOf<N extends QueueName> = {
  run: (ctx: Context, payload: Payload<N>) => Promise<void>
  giveUp: (ctx: Context, payload: Payload<N>, reason: GiveUpReason) => Promise<void>
}

/** One worker for each queue of the catalog; leaving one out does not compile. */
export type WorkerTable = { [N in QueueName]: WorkerOf<N> }

/** The `giveUp` of work that its rows keep due: the job fails, and the next sweep or poll starts it over. */
export async function leaveDue(_ctx: Context, _payload: unknown, { error }: GiveUpReason): Promise<void> {
  throw error
}

/**
 * A job whose worker gave no sign of life for this long is given to another one: an event waits this long after a
 * crash. Short, since a job that is wrongly given away (a long plan keeps its process from renewing) runs twice safely.
 */
const LOCK_MS = 5000
const STALLED_CHECK_MS = 1000
/** After a failed attempt to take a job. BullMQ would wait 15 s for a store that is away, even once it is back or the worker stops. */
const RUN_AGAIN_MS = 1000
/** A job may be taken over any number of times: every worker is safe to repeat. */
const MAX_STALLED = 1_000_000

/** Looks itself whether the process stops, so that a message that is being sent is not sent again. */
const ENDS_IN_TIME: readonly QueueName[] = ['publish']

/**
 * Starts all workers; `stop` waits for the jobs that run. After half of `shutdown_grace_s` jobs that still run,
 * such as one that waits for a service, are postponed; whatever they started ends with the process, as after a kill.
 */
export async function runWorkers(ctx: Context, table: WorkerTable): Promise<{ stop(): Promise<void> }> {
  const open = async (name: QueueName) => {
    const make = () => openWorker(ctx, name, table[name] as WorkerOf<QueueName>) // same key
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
      clearTimeout(endWork)
    },
  }
}

/** Runs the loop of the worker again when an error has ended it: the process would go on without that queue. */
async function keepRunning(worker: Worker): Promise<void> {
  while (!worker.closing) {
    await worker.run().catch((error: unknown) => worker.emit('error', error as Error)) // BullMQ throws nothing else
    if (!worker.closing) await sleep(RUN_AGAIN_MS)
  }
}

function openWorker(ctx: Context, name: QueueName, worker: WorkerOf<QueueName>): Worker {
  const { concurrency, payload: schema } = CATALOG[name]
  const clientsFor = createCallCircuits()
  const takePlace = createPlaces(concurrency)
  const process = (job: Job, token?: string) => inJobSpan(ctx, name, job, () => perform(job, token))
  const perform = async (job: Job, token?: string) => {
    const guarded = { ...ctx, clients: clientsFor(ctx.clients, job.id ?? '') }
    const started = performance.now()
    const startedAt = ctx.now()
    const seconds = () => (performance.now() - started) / 1000
    let leavePlace = () => {}
    try {
      leavePlace = takePlace(wasPutOff(job))
      const work = attempt(guarded, name, worker, schema.parse(job.data), isLastAttempt(job))
      await (ENDS_IN_TIME.includes(name) ? work : orAborted(work, ctx.endWork.signal))
      if (job.attemptsStarted > 1) await noteProgress(ctx, job.id ?? '', startedAt, proofOf(name, job.data))
      ctx.metrics.job(name, 'done', seconds())
    } catch (error) {
      ctx.metrics.job(name, error instanceof NotReady ? 'later' : 'failed', seconds())
      await putOff(job, token, error)
      throw explain(ctx, name, job, error)
    } finally {
      leavePlace()
    }
  }
  const running = ctx.queueStore.worker(name, process, {
    concurrency,
    autorun: false,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_STALLED,
    runRetryDelay: RUN_AGAIN_MS,
    // In PostgreSQL they would cost each job a transaction on one hot row.
    ...(ctx.queueStore.kind === 'redis' && { metrics: { maxDataPoints: 120 } }),
  })
  running.on('error', (error) => ctx.log.warn({ queue: name, err: messageOf(error) }, 'queue worker error'))
  return running
}

/**
 * Runs the work once and gives it up when there is nothing to wait for.
 * @throws NotReady when it waits without losing an attempt, and what calls for another attempt
 */
export async function attempt<N extends QueueName>(
  ctx: Context,
  queue: N,
  worker: WorkerOf<N>,
  payload: Payload<N>,
  isLast: boolean,
): Promise<void> {
  try {
    await worker.run(ctx, payload)
  } catch (error) {
    const patience = await waitFor(ctx, { jobId: jobIdOf(queue, payload), ...subjectOf(payload) }, error)
    if (patience && 'retryInMs' in patience) throw new NotReady(messageOf(error), patience.retryInMs)
    const kind = patience ? 'out-of-patience' : giveUpKind(error, isLast)
    if (kind === undefined) throw error
    const text = patience?.reason ?? messageOf(error)
    await worker.giveUp(ctx, payload, { kind, text, error })
    ctx.log.info({ queue, job: payload, giveUp: kind, reason: text }, 'work given up')
  }
}

/**
 * What a job that got on proves: composes are requested and tasks canceled by calls that change something. A submission
 * reports by itself whether it was sent.
 */
function proofOf(queue: QueueName, payload: unknown): Proof {
  const cancels = Reflect.get(Object(payload), 'kind') === 'cancel-due'
  return queue === 'plan' || cancels ? 'write' : 'read'
}

/** The event, build or task that a payload names. */
function subjectOf(payload: object): { eventId?: number; buildId?: number; taskId?: number } {
  const idOf = (name: string): number | undefined => {
    const id = Reflect.get(payload, name) as unknown
    return typeof id === 'number' ? id : undefined
  }
  return { eventId: idOf('eventId'), buildId: idOf('buildId'), taskId: idOf('taskId') }
}

/** The one place that decides when to give up; undefined: wait or attempt again. */
function giveUpKind(error: unknown, isLast: boolean): GiveUpReason['kind'] | undefined {
  if (error instanceof Skip) return 'skip'
  if (error instanceof Permanent) return 'permanent'
  return isLast && !isTransient(error) ? 'out-of-attempts' : undefined
}

/** Not ready is not a failure: the job goes back to wait without losing an attempt. */
async function putOff(job: Job, token: string | undefined, error: unknown): Promise<void> {
  if (!(error instanceof NotReady)) return
  await job.moveToDelayed(wholeMs(Date.now() + error.retryInMs), token)
  throw new DelayedError(error.message)
}

/** It started more often than it failed. */
function wasPutOff(job: Job): boolean {
  return job.attemptsStarted > job.attemptsMade + 1
}

function isLastAttempt(job: Job): boolean {
  return job.attemptsMade + 1 >= (job.opts.attempts ?? 1)
}

function explain(ctx: Context, queue: QueueName, job: Job, error: unknown): Error {
  const attempt = job.attemptsMade + 1
  const last = error instanceof Permanent || error instanceof Skip || isLastAttempt(job)
  const fields = { queue, job: job.id, attempt, err: error }
  ctx.log[last ? 'error' : 'warn'](fields, last ? 'job failed, left to the sweep' : 'job failed, will retry')
  const message = storableText(messageOf(error))
  if (error instanceof Permanent || error instanceof Skip) return new UnrecoverableError(message)
  return Object.assign(new Error(message), { stack: storableText(stackOf(error)) })
}

/** BullMQ stores it with the message; a text that PostgreSQL refuses would leave the job running forever. */
function stackOf(error: unknown): string {
  return (error instanceof Error && error.stack) || ''
}
