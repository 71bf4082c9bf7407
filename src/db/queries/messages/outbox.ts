/** Rows of the outbox: messages written with the changes they report, sent in order for each event and subject (design rule 3). */
import type { Trace } from '../../../domain/message.ts'
import { storableJson } from '../../../lib/storable.ts'
import { currentTrace } from '../../../lib/tracing/span.ts'
import type { EntityManager } from '../../orm.ts'

/** What messages are about: those about one thing are sent in order. `null`: nothing that they could be ordered by. */
export type Stream = { eventId: number | null; subjectId?: undefined } | { eventId: null; subjectId: number }

/** A message to send. */
export type Message = {
  /** What follows the configured prefix. */
  topic: string
  payload: unknown
  /** Application properties. */
  properties?: Record<string, string>
  /** The label of its counters. */
  handler?: string
}

/** A message as it waits. */
export type OutboxRow = {
  id: string
  topic: string
  payload: unknown
  properties: Record<string, string> | null
  handler: string | null
  trace: Trace | null
  createdAt: Date
}
type Row = Omit<OutboxRow, 'createdAt'> & { created_at: string }

/**
 * Stores messages; takes event, subject, time, the trace and the list, both as JSON. A statement that contains it ends with `IN_ORDER`, after
 * which ids rise in the order of the list: that is the order messages are sent in.
 */
export const INSERT_MESSAGES = `
  insert into outbox (event_id, subject_id, created_at, topic, payload, properties, handler, trace)
  select ?::int, ?::int, ?::timestamptz, m.value ->> 'topic', m.value -> 'payload', m.value -> 'properties',
         m.value ->> 'handler', ?::jsonb
    from jsonb_array_elements(?::jsonb) with ordinality as m`

/** The end of `INSERT_MESSAGES`; further tables may stand between them. */
export const IN_ORDER = 'order by m.ordinality returning id'

/** The trace of the work that writes messages, as JSON. */
export function storedTrace(): string | null {
  const trace = currentTrace()
  return trace && storableJson(trace)
}

/** Stores messages in their order and returns their ids. */
export async function insertOutboxRows(
  em: EntityManager,
  { eventId, subjectId }: Stream,
  messages: readonly Message[],
  now: Date,
): Promise<number[]> {
  const rows = await em.execute<{ id: string }[]>(`${INSERT_MESSAGES} ${IN_ORDER}`, [
    eventId,
    subjectId ?? null,
    now,
    storedTrace(),
    storableJson(messages),
  ])
  return rows.map(({ id }) => Number(id))
}

/**
 * The first waiting messages of a stream, locked until the transaction ends. Transactions take turns in the order they came
 * (decision 0071): one that waited for the rows alone could wait forever, and PostgreSQL cannot remove replaced rows meanwhile.
 */
export async function lockWaitingMessages(
  em: EntityManager,
  { eventId, subjectId }: Stream,
  limit: number,
): Promise<OutboxRow[]> {
  const owner = subjectId ?? eventId
  const none = 'event_id is null and subject_id is null'
  const isOfStream = owner === null ? none : subjectId === undefined ? 'event_id = ?' : 'subject_id = ?'
  // The planner takes a stream for short: it would read all that waits and sort it, for the first few. A slow bus may take longer than
  // PostgreSQL is told to leave a transaction idle: ended by that, all messages would be sent again, and again.
  await em.execute(
    `select set_config('enable_sort', 'off', true), set_config('idle_in_transaction_session_timeout', '0', true),
            pg_advisory_xact_lock(hashtext(?))`,
    [`publish ${subjectId === undefined ? 'event' : 'subject'} ${owner}`],
  )
  const rows = await em.execute<Row[]>(
    `select id, topic, payload, properties, handler, trace, created_at from outbox
      where ${isOfStream} and published_at is null
      order by id limit ? for update`,
    [...(owner === null ? [] : [owner]), limit],
  )
  return rows.map(({ created_at, ...row }) => ({ ...row, createdAt: new Date(created_at) }))
}

/** Counts an attempt to send, with why it failed. */
export async function noteSendFailure(em: EntityManager, id: string, failure: string): Promise<void> {
  await em.execute('update outbox set attempts = attempts + 1, last_error = ? where id = ?', [failure, id])
}

/** Ends messages; `remark` says so when they were not sent at all. */
export async function markPublished(
  em: EntityManager,
  ids: readonly string[],
  now: Date,
  remark: string | null,
): Promise<void> {
  if (ids.length === 0) return
  await em.execute(
    'update outbox set published_at = ?, attempts = attempts + 1, last_error = ? where id = any(?::bigint[])',
    [now, remark, `{${ids.join(',')}}`],
  )
}
