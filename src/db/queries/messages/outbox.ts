/** Rows of the outbox: messages written with the changes they report, sent in order for each event (design rule 3). */
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'

/** A message as it waits. */
export type OutboxRow = { id: string; topic: string; payload: unknown; createdAt: Date }
type Row = Omit<OutboxRow, 'createdAt'> & { created_at: string }

/** Ids rise in the order of the list: that is the order messages are sent in. */
const INSERT = `
  insert into outbox (event_id, created_at, topic, payload)
  select ?::int, ?::timestamptz, m.value ->> 'topic', m.value -> 'payload'
    from jsonb_array_elements(?::jsonb) with ordinality as m order by m.ordinality
  returning id`

/** Stores messages in their order and returns their ids. */
export async function insertOutboxRows(
  em: EntityManager,
  eventId: number,
  messages: readonly { topic: string; payload: unknown }[],
  now: Date,
): Promise<number[]> {
  const rows = await em.execute<{ id: string }[]>(INSERT, [eventId, now, storableJson(messages)])
  return rows.map(({ id }) => Number(id))
}

/** The first waiting messages of an event (null: of no event), locked until the transaction ends. */
export async function lockWaitingMessages(
  em: EntityManager,
  eventId: number | null,
  limit: number,
): Promise<OutboxRow[]> {
  const rows = await em.execute<Row[]>(
    `select id, topic, payload, created_at from outbox
      where ${eventId === null ? 'event_id is null' : 'event_id = ?'} and published_at is null
      order by id limit ? for update`,
    [...(eventId === null ? [] : [eventId]), limit],
  )
  return rows.map(({ created_at, ...row }) => ({ ...row, createdAt: new Date(created_at) }))
}

/** Counts an attempt to send, with why it failed. */
export async function noteSendFailure(em: EntityManager, id: string, failure: string): Promise<void> {
  await em.execute('update outbox set attempts = attempts + 1, last_error = ? where id = ?', [failure, id])
}

/** Ends a message; `remark` says so when it was not sent at all. */
export async function markPublished(
  em: EntityManager,
  id: string,
  now: Date,
  remark: string | null,
): Promise<void> {
  const sql = 'update outbox set published_at = ?, attempts = attempts + 1, last_error = ? where id = ?'
  await em.execute(sql, [now, remark, id])
}
