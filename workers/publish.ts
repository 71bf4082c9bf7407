/** Queue `publish`: sends the waiting messages of an event or subject in order. Safe to repeat: what is sent is not sent again. */
import { publishOutbox } from '../src/commands/publish/publish-outbox.ts'
import { leaveDue, type WorkerOf } from './run.ts'

/** Sends everything that waits, also what was written after the job was added. */
export const publish: WorkerOf<'publish'> = {
  run: (ctx, { eventId, subjectId }) =>
    publishOutbox(ctx, subjectId === undefined ? { eventId } : { eventId: null, subjectId }),
  giveUp: leaveDue,
}
