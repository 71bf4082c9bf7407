/** Queue `intake`: decides what a message from the bus means. Safe to repeat: a row that is handled is left alone. */
import { closeMessage, interpretMessage } from '../src/commands/intake/interpret-message.ts'
import { leaveDue, type WorkerOf } from './run.ts'

/** Handles one row of the inbox; it ends ignored or failed for what is wrong with the message itself. */
export const intake: WorkerOf<'intake'> = {
  run: (ctx, { inboxId }) => interpretMessage(ctx, inboxId),
  giveUp: (ctx, { inboxId }, reason) => {
    if (reason.kind === 'out-of-attempts') return leaveDue(ctx, { inboxId }, reason)
    const state = reason.kind === 'skip' ? 'ignored' : 'failed'
    return closeMessage(ctx, inboxId, { state, reason: reason.text })
  },
}
