/** Queue `intake`: decides what a message from the bus means. Safe to repeat: a row that is handled is left alone. */
import { closeMessage } from '../src/commands/intake/close-message.ts'
import { interpretMessage } from '../src/commands/intake/interpret-message.ts'
import type { WorkerOf } from './run/worker.ts'

/** Handles one row of the inbox; given up, it ends ignored or failed, and a failed one can be replayed. */
export const intake: WorkerOf<'intake'> = {
  run: (ctx, { inboxId }) => interpretMessage(ctx, inboxId),
  giveUp: (ctx, { inboxId }, { kind, text }) =>
    closeMessage(
      ctx,
      inboxId,
      { state: kind === 'skip' ? 'ignored' : 'failed', reason: text },
      kind === 'skip' || kind === 'permanent' ? 'refused' : 'failed',
    ),
}
