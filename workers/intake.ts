/** Queue `intake`: decides what a message from the bus means. Safe to repeat: a row that is handled is left alone. */
import { interpretMessage } from '../src/commands/interpret-message.ts'
import type { WorkerOf } from './run.ts'

/** Handles one row of the inbox. */
export const intake: WorkerOf<'intake'> = (ctx, { inboxId }) => interpretMessage(ctx, inboxId)
