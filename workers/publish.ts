/** Queue `publish`: sends the waiting messages of an event or subject in order. Safe to repeat: what is sent is not sent again. */
import { publishOutbox } from '../src/commands/publish/publish-outbox.ts'
import { leaveDue, type WorkerOf } from './run/worker.ts'

/**
 * Sends everything that waits, including what was written after the job was added. Of each event or subject a process has at
 * most two jobs in progress: one sends, one waits. A third ends immediately; it would only block other events.
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
      const ended = run.catch(() => undefined)
      sending.set(key, ended)
      await run.finally(() => {
        if (sending.get(key) === ended) sending.delete(key)
      })
    },
    giveUp: leaveDue,
  }
}
