/** Events and the rows that they have in the outbox, for tests of its publishers. */
import { Event, OutboxMessage } from '../../../src/db/entities/index.ts'
import type { TestContext } from '../context.ts'

type Row = {
  id: number
  payload: { n: number }
  publishedAt: Date | null
  attempts: number
  lastError: string | null
}

/** The outbox of a context, which may be created later. */
export function outboxOf(context: () => TestContext) {
  let nextEvent = 0

  async function openEvent(): Promise<number> {
    nextEvent += 1
    return context()
      .db.fork()
      .insert(Event, {
        messageId: `event-${nextEvent}`,
        searchKey: String(nextEvent),
        eventTypeId: 10,
        state: 0,
        timeCreated: new Date(),
      } as never) // every further column has a default
  }

  /** Writes so many messages, numbered from 0; returns the ids of all rows of the event. */
  async function write(
    eventId: number | null,
    count: number,
    topic = 'build.state.changed',
  ): Promise<number[]> {
    const rows = Array.from({ length: count }, (_, n) => ({
      event: eventId,
      topic,
      payload: { n, 'qu"ote': "it's ü" },
    }))
    await context().db.orm.em.fork().insertMany(OutboxMessage, rows)
    return (await rowsOf(eventId)).map(({ id }) => id)
  }

  /** The rows of an event in order; null: those that belong to no event. */
  async function rowsOf(eventId: number | null): Promise<Row[]> {
    return (await context()
      .db.fork()
      .find(OutboxMessage, { event: eventId }, { orderBy: { id: 1 } })) as unknown as Row[]
  }

  return { openEvent, write, rowsOf }
}
