/** Cancels tasks: many in one request, with the state of each task afterwards as the only answer that counts. */
import { isFinalTaskState, type TaskState } from '../../../domain/rebuild/task-state.ts'
import type { CancelAnswer } from '../../../domain/rebuild/transition/judge-cancel.ts'
import type { BatchResult } from '../../../lib/async/batch.ts'
import { OutcomeUnknown, troubleOf, UpstreamError } from '../../../lib/errors.ts'
import type { XmlRpcValue } from '../../../lib/xmlrpc/index.ts'
import { calls } from '../hub/calls.ts'
import { FAULT, isFault } from '../hub/fault.ts'
import { multiCall, writeResults } from '../hub/multicall.ts'
import type { Reads } from '../hub/reads.ts'
import type { Session } from '../hub/session.ts'
import type { Call } from '../hub/transport.ts'

/** Canceling tasks of our own user. */
export type Cancellations = {
  /**
   * What became of the task after the hub was called to cancel it. The hub itself answers the same whether it canceled
   * anything or not. Rejects only for trouble of the hub or our account: also when the answer was lost and the task
   * still runs. Safe to repeat: a task that has ended stays as it is.
   */
  cancelTask(taskId: number): Promise<CancelAnswer>
}

/** The results of cancellations, and of the reads that they carried. */
type Canceled = { results: BatchResult<XmlRpcValue>[]; carried: BatchResult<XmlRpcValue>[] }

/** Cancellations gather like submissions, and take waiting `reads` along; `stateOf` reads a task's state. */
export function createCancellations(
  session: Session,
  reads: Pick<Reads, 'addCarrier'>,
  stateOf: (taskId: number) => Promise<TaskState | null>,
): Cancellations {
  async function cancel(taskIds: number[], along: Call[]): Promise<Canceled> {
    const toSend = [...taskIds.map((taskId) => calls.cancelTask(taskId)), ...along]
    const [only, ...rest] = toSend
    if (only && rest.length === 0)
      return { results: [{ ok: true, value: await session.call(only, 'write') }], carried: [] }
    const answer = await session.call(multiCall(toSend), 'write')
    const results = writeResults('cancelTask', answer, toSend.length)
    return { results: results.splice(0, taskIds.length), carried: results }
  }

  const cancelBatched = reads.addCarrier(cancel)
  return {
    cancelTask: async (taskId) => {
      const failure = await failureOf(cancelBatched(taskId))
      // Of a login that is not the owner of this task; other tasks of our account are not concerned.
      if (isFault(failure, FAULT.notAllowed))
        return { state: await stateOf(taskId), refusal: failure.message }
      // When its answer was lost the cancellation may have been carried out, whatever trouble lost it.
      if (!(failure instanceof OutcomeUnknown) && troubleOf(failure)) throw failure
      const state = await stateOf(taskId)
      const isLost = failure instanceof OutcomeUnknown && state !== null && !isFinalTaskState(state)
      if (isLost)
        throw new UpstreamError({ service: 'koji', failure: 'unreachable', detail: failure.message })
      return { state }
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
