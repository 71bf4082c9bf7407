/** Performs the jobs that BullMQ hands to a worker, and turns what was thrown into what becomes of the job: delayed, retried or failed. */
import { DelayedError, type Job, type Processor, UnrecoverableError } from 'bullmq'
import { CATALOG, type QueueName } from '../../queues/catalog.ts'
import { wholeMs } from '../../queues/enqueue.ts'
import { servicesOf } from '../../src/clients/index.ts'
import type { Proof } from '../../src/commands/service-trouble.ts'
import { recordProgress } from '../../src/commands/wait.ts'
import type { Context } from '../../src/context.ts'
import { orAborted } from '../../src/lib/async/deadline.ts'
import { messageOf, NotReady, Permanent, Skip } from '../../src/lib/errors.ts'
import { storableText } from '../../src/lib/storable.ts'
import { attempt } from './attempt.ts'
import { createCallCircuits } from './call-circuits.ts'
import { createJobSlots } from './job-slots.ts'
import { inJobSpan } from './job-span.ts'
import type { WorkerOf } from './worker.ts'

/** `publish` itself notices that the process stops: aborted from outside, it would send the message under way once more. */
const STOPS_BY_ITSELF: readonly QueueName[] = ['publish']
/** Their services are reached by other means than the clients of the context: the bus, and the clients of the gate. */
const ANSWERS_UNSEEN: readonly QueueName[] = ['publish', 'decide']

/** What BullMQ calls with each job of a queue: within a span, in a slot of the queue, by clients that circuits guard. */
export function createPerformer(
  ctx: Context,
  queue: QueueName,
  worker: WorkerOf<QueueName>,
): Processor<unknown, void> {
  const { concurrency, payload: schema } = CATALOG[queue]
  const clientsFor = createCallCircuits()
  const takeSlot = createJobSlots(concurrency)

  /** @returns the services that have answered: a job that finds nothing left to do has called none. Undefined: not known */
  async function work(job: Job): Promise<ReadonlySet<string> | undefined> {
    const releaseSlot = takeSlot(wasPostponed(job))
    const answered = new Set<string>()
    try {
      const clients = clientsFor(ctx.clients, job.id ?? '', (client) => {
        for (const service of servicesOf(client)) answered.add(service)
      })
      const guarded = { ...ctx, clients }
      const payload = schema.parse(job.data)
      const attempted = attempt(guarded, { queue, worker, payload, isLast: isLastAttempt(job), answered })
      await (STOPS_BY_ITSELF.includes(queue) ? attempted : orAborted(attempted, ctx.endWork.signal))
      return ANSWERS_UNSEEN.includes(queue) ? undefined : answered
    } finally {
      releaseSlot()
    }
  }

  async function perform(job: Job, token?: string): Promise<void> {
    const started = performance.now()
    const startedAt = ctx.now()
    const measure = (outcome: 'done' | 'later' | 'failed') =>
      ctx.metrics.job(queue, outcome, (performance.now() - started) / 1000)
    try {
      const answered = await work(job)
      const progress = { proof: proofOf(queue, job.data), answered }
      if (job.attemptsStarted > 1) await recordProgress(ctx, job.id ?? '', startedAt, progress)
      measure('done')
    } catch (error) {
      measure(error instanceof NotReady ? 'later' : 'failed')
      throw error instanceof NotReady
        ? await postpone(job, token, error)
        : reportFailure(ctx, queue, job, error)
    }
  }

  return (job, token) => inJobSpan(ctx, queue, job, () => perform(job, token))
}

/**
 * What a job that made progress proves: composes are requested and tasks canceled by calls that change something. A submission
 * reports by itself whether it was sent.
 */
function proofOf(queue: QueueName, payload: unknown): Proof {
  const cancels = Reflect.get(Object(payload), 'kind') === 'cancel-due'
  return queue === 'plan' || cancels ? 'write' : 'read'
}

/** Delays a job that is not ready, without the loss of an attempt. @returns the error by which BullMQ recognizes that */
async function postpone(job: Job, token: string | undefined, error: NotReady): Promise<Error> {
  await job.moveToDelayed(wholeMs(Date.now() + error.retryInMs), token)
  return new DelayedError(error.message)
}

/** A postponed job has started more often than it has failed. */
function wasPostponed(job: Job): boolean {
  return job.attemptsStarted > job.attemptsMade + 1
}

function isLastAttempt(job: Job): boolean {
  return job.attemptsMade + 1 >= (job.opts.attempts ?? 1)
}

/** Logs the failure. @returns the error for BullMQ, which stores its message and stack: PostgreSQL must be able to hold both */
function reportFailure(ctx: Context, queue: QueueName, job: Job, error: unknown): Error {
  const isFinal = error instanceof Permanent || error instanceof Skip
  const isOver = isFinal || isLastAttempt(job)
  const fields = { queue, job: job.id, attempt: job.attemptsMade + 1, err: error }
  ctx.log[isOver ? 'error' : 'warn'](
    fields,
    isOver ? 'job failed, left to the sweep' : 'job failed, will retry',
  )
  const message = storableText(messageOf(error))
  if (isFinal) return new UnrecoverableError(message)
  const stack = (error instanceof Error && error.stack) || ''
  return Object.assign(new Error(message), { stack: storableText(stack) })
}
