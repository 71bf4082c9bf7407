/** The interface of a worker, which the file of each queue exports: the work for a job, and how it ends when it is given up. */
import type { Payload, QueueName } from '../../queues/catalog.ts'
import type { Context } from '../../src/context.ts'

/**
 * Why a job is given up. `skip`: there is nothing to do, which is a regular end. `out-of-patience`: what it waited for
 * did not come in time. `text` is the reason to store.
 */
export type GiveUpReason = {
  kind: 'skip' | 'permanent' | 'out-of-attempts' | 'out-of-patience'
  text: string
  error: unknown
}

/** The functions must be safe to repeat with the same payload. */
export type WorkerOf<N extends QueueName> = {
  run: (ctx: Context, payload: Payload<N>) => Promise<void>
  /** Ends the work when no attempt is left, or when waiting cannot help. */
  giveUp: (ctx: Context, payload: Payload<N>, reason: GiveUpReason) => Promise<void>
  /**
   * Called when the job is done and has left its queue: adds it once more if its row is due again. An attempt to add it
   * while it ran, after it had read the row, had no effect, and the row would wait for the sweep.
   */
  lookAgain?: (ctx: Context, payload: Payload<N>) => Promise<void>
}

/** One worker for each queue of the catalog; leaving one out does not compile. */
export type WorkerTable = { [N in QueueName]: WorkerOf<N> }

/** The `giveUp` of work that its rows keep due: the job fails, and the next sweep or poll starts it over. */
export async function leaveDue(_ctx: Context, _payload: unknown, { error }: GiveUpReason): Promise<void> {
  throw error
}
