/** Compares the messages published on the bus with the database: every change of state must have been published. */
import type { Database } from '../../../src/db/orm.ts'
import type { EndedEvent } from '../database/events.ts'
import { eventually } from '../eventually.ts'
import type { SentMessage, TestWorld } from '../lab/world.ts'

/**
 * Waits until the outbox is empty, then describes everything that is wrong with the messages about the event.
 * A message may arrive twice, with the same id; its first arrival counts.
 */
export async function publishingErrors(world: TestWorld, db: Database, event: EndedEvent): Promise<string[]> {
  const written = await writtenIds(db, event.id)
  const builds = firstOfEach(world.sent('build.state.changed'))
  const events = firstOfEach(world.sent('event.state.changed')).filter(({ body }) => body.id === event.id)
  const short = firstOfEach(world.sent('event.state.changed.min')).filter(({ body }) => body.id === event.id)
  const ids = new Set([...builds, ...events, ...short].map(({ messageId }) => messageId))
  return [
    ...written.filter((id) => !ids.has(id)).map((id) => `${id} was never published`),
    ...differences('the event', statesOf(events), ['BUILDING', event.state]),
    ...differences('the short event', statesOf(short), ['BUILDING', event.state]),
    ...event.builds.flatMap((build) => {
      const published = statesOf(builds.filter(({ body }) => body.id === build.id))
      return differences(`build ${build.id}`, published, lifeOf(build))
    }),
  ]
}

async function writtenIds(db: Database, eventId: number): Promise<string[]> {
  type Row = { id: string; published: boolean }
  const sql = `select id, published_at is not null as published from outbox
    where event_id = ? and topic like '%.state.changed%' order by id`
  const read = () => db.fork().execute<Row[]>(sql, [eventId])
  const rows = await eventually(read, (outbox) => outbox.every(({ published }) => published))
  return rows.map(({ id }) => `freshwave-${id}`)
}

function firstOfEach(messages: SentMessage[]): SentMessage[] {
  const ids = messages.map(({ messageId }) => messageId)
  return messages.filter(({ messageId }, index) => ids.indexOf(messageId) === index)
}

const statesOf = (messages: SentMessage[]) => messages.map(({ body }) => String(body.state_name))

/** The states a build has gone through; each failed try is one round of BUILD and PLANNED. */
function lifeOf({ state, taskId, args }: EndedEvent['builds'][number]): string[] {
  const failures = Number(args.retry_count ?? 0)
  const rounds = state === 'FAILED' ? failures - 1 : failures
  const retries = Array.from({ length: Math.max(0, rounds) }, () => ['BUILD', 'PLANNED']).flat()
  return taskId === null ? [state] : [...retries, 'BUILD', state]
}

function differences(what: string, published: string[], actual: string[]): string[] {
  return published.join() === actual.join()
    ? []
    : [`${what}: published ${published.join()}, but the states were ${actual.join()}`]
}
