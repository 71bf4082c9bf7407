/** The policy of an attempt: whether work that failed is attempted again, waits, or is given up. Independent of BullMQ. */
import type { Payload, QueueName } from '../../queues/catalog.ts'
import { jobIdOf } from '../../queues/enqueue.ts'
import { endPatience, waitFor } from '../../src/commands/wait.ts'
import type { Context } from '../../src/context.ts'
import { isTransient, messageOf, NotReady, Permanent, Skip } from '../../src/lib/errors.ts'
import type { GiveUpReason, WorkerOf } from './worker.ts'

/** `isLast`: the job has no further attempt. `answered` fills with the services that answer it. */
type Attempt<N extends QueueName> = {
  queue: N
  worker: WorkerOf<N>
  payload: Payload<N>
  isLast: boolean
  answered?: ReadonlySet<string>
}

/**
 * Runs the work of a job once, and gives it up when neither waiting nor another attempt can help.
 * @throws NotReady when the job has to wait, which costs it no attempt; any other error when it has to be attempted again
 */
export async function attempt<N extends QueueName>(
  ctx: Context,
  { queue, worker, payload, isLast, answered }: Attempt<N>,
): Promise<void> {
  try {
    await worker.run(ctx, payload)
  } catch (error) {
    const jobId = jobIdOf(queue, payload)
    const patience = await waitFor(ctx, { jobId, ...subjectOf(payload) }, error, answered)
    if (patience && 'retryInMs' in patience) throw new NotReady(messageOf(error), patience.retryInMs)
    const kind = patience ? 'out-of-patience' : giveUpKind(error, isLast)
    if (kind === undefined) throw error
    const text = patience?.reason ?? messageOf(error)
    await worker.giveUp(ctx, payload, { kind, text, error })
    if (patience) await endPatience(ctx, jobId)
    ctx.log.info({ queue, job: payload, giveUp: kind, reason: text }, 'work given up')
  }
}

/** The event, build or task that a payload names. */
function subjectOf(payload: object): { eventId?: number; buildId?: number; taskId?: number } {
  const idOf = (name: string): number | undefined => {
    const id = Reflect.get(payload, name) as unknown
    return typeof id === 'number' ? id : undefined
  }
  return { eventId: idOf('eventId'), buildId: idOf('buildId'), taskId: idOf('taskId') }
}

/** Why the work is given up; undefined: attempt it again. The one place that decides this for all queues. */
function giveUpKind(error: unknown, isLast: boolean): GiveUpReason['kind'] | undefined {
  if (error instanceof Skip) return 'skip'
  if (error instanceof Permanent) return 'permanent'
  return isLast && !isTransient(error) ? 'out-of-attempts' : undefined
}
