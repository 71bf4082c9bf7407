/** Queue `publish`: sends the waiting messages of an event or subject in order. Safe to repeat: what is sent is not sent again. */
import { publishOutbox } from '../src/commands/publish/publish-outbox.ts'
import { leaveDue, type WorkerOf } from './run.ts'

/**
 * Sends everything that waits, also what was written after the job was added. At most two jobs of an event are in progress in
 * a process: one sends, one waits. A third would add nothing and only block other events.
 */
export function createPublish(): WorkerOf<'publish'> {
  const sending = new Map<string, Promise<unknown>>()
  const waiting = new Set<string>()
  return {
    async run(ctx, { eventId, subjectId }) {
      const stream = subjectId === undefined ? { eventId } : { eventId: null, subjectId }
      const key = JSON.stringify(stream)
      if (waiting.has(key)) return
      waiting.add(key)
      await sending.get(key)
      waiting.delete(key)
      const run = publishOutbox(ctx, stream)
      const over = run.catch(() => undefined)
      sending.set(key, over)
      await run.finally(() => {
        if (sending.get(key) === over) sending.delete(key)
      })
    },
    giveUp: leaveDue,
  }
}
