/** Cancels tasks: many in one request, with the state of each task afterwards as the only answer that counts. */
import { isFinalTaskState, type TaskState } from '../../domain/rebuild/task-state.ts'
import { type BatchResult, createBatcher } from '../../lib/async/batch.ts'
import type { TokenBucket } from '../../lib/async/token-bucket.ts'
import { OutcomeUnknown, troubleOf, UpstreamError } from '../../lib/errors.ts'
import type { XmlRpcValue } from '../../lib/xmlrpc/index.ts'
import { calls } from './hub/calls.ts'
import { multiCall, multiCallResults } from './hub/multicall.ts'
import { MAX_CALLS } from './hub/reads.ts'
import type { Session } from './hub/session.ts'

/** Canceling tasks of our own user. */
export type Cancellations = {
  /**
   * The state of the task after the hub was called to cancel it; null: no such task. The hub itself answers the same
   * whether it canceled anything or not. Rejects only for trouble of the hub or our account: also when the answer was
   * lost and the task still runs. Safe to repeat: a task that has ended stays as it is.
   */
  cancelTask(taskId: number): Promise<TaskState | null>
}

/** Cancellations gather while one request is under way, and until `bucket` lets the next one go; `stateOf` reads a task's state. */
export function createCancellations(
  session: Session,
  bucket: TokenBucket,
  stateOf: (taskId: number) => Promise<TaskState | null>,
): Cancellations {
  async function cancel(taskIds: number[]): Promise<BatchResult<XmlRpcValue>[]> {
    const toSend = taskIds.map((taskId) => calls.cancelTask(taskId))
    const [only, ...rest] = toSend
    if (only && rest.length === 0) return [{ ok: true, value: await session.call(only, 'write') }]
    return multiCallResults(await session.call(multiCall(toSend), 'write'), toSend.length)
  }

  const cancelBatched = createBatcher({ run: cancel, maxItems: MAX_CALLS, bucket, maxInFlight: 1 })
  return {
    cancelTask: async (taskId) => {
      const failure = await failureOf(cancelBatched(taskId))
      // When its answer was lost the cancellation may have been carried out, whatever trouble lost it.
      if (!(failure instanceof OutcomeUnknown) && troubleOf(failure)) throw failure
      const state = await stateOf(taskId)
      const isLost = failure instanceof OutcomeUnknown && state !== null && !isFinalTaskState(state)
      if (isLost) throw new UpstreamError('koji', 'unreachable', failure.message)
      return state
    },
  }
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
}
