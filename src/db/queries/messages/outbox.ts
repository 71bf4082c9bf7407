/** Rows of the outbox: messages written with the changes they report, sent in order for each event and subject (design rule 3). */
import type { Trace } from '../../../domain/message.ts'
import { storableJson } from '../../../lib/storable.ts'
import { currentTrace } from '../../../lib/tracing/span.ts'
import type { EntityManager } from '../../orm.ts'
import { idArray } from '../../values.ts'

/** The event or subject that messages are about; those of one stream are sent in order. `eventId: null` alone: messages about neither. */
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
 * Stores messages; its parameters are event, subject, time, the trace as JSON and the list as JSON. A statement that contains it ends
 * with `IN_ORDER`, so that ids rise in the order of the list, in which messages are sent.
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
  stream: Stream,
  limit: number,
): Promise<OutboxRow[]> {
  const { name, condition, values } = streamCondition(stream)
  // The planner expects few messages in a stream: it would read and sort all that wait, for the first few. And a slow bus may take longer
  // than PostgreSQL leaves a transaction idle: ended by that, all messages would be sent again and again.
  await em.execute(
    `select set_config('enable_sort', 'off', true), set_config('idle_in_transaction_session_timeout', '0', true),
            pg_advisory_xact_lock(hashtext(?))`,
    [`publish ${name}`],
  )
  const rows = await em.execute<Row[]>(
    `select id, topic, payload, properties, handler, trace, created_at from outbox
      where ${condition} and published_at is null
      order by id limit ? for update`,
    [...values, limit],
  )
  return rows.map(({ created_at, ...row }) => ({ ...row, createdAt: new Date(created_at) }))
}

/** The condition on rows of a stream, and its name for the lock. */
function streamCondition({ eventId, subjectId }: Stream): {
  name: string
  condition: string
  values: number[]
} {
  if (subjectId !== undefined)
    return { name: `subject ${subjectId}`, condition: 'subject_id = ?', values: [subjectId] }
  if (eventId !== null) return { name: `event ${eventId}`, condition: 'event_id = ?', values: [eventId] }
  return { name: 'event null', condition: 'event_id is null and subject_id is null', values: [] }
}

/** Counts an attempt to send, with why it failed. */
export async function recordSendFailure(em: EntityManager, id: string, failure: string): Promise<void> {
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
    [now, remark, idArray(ids)],
  )
}
