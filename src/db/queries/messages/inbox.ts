/** Rows of the inbox: messages from the bus, kept until they are handled and long after (design rule 2). */
import type { Meaning, Trace } from '../../../domain/message.ts'
import { storableJson } from '../../../lib/storable.ts'
import { InboxMessage, type InboxRow, type InboxState } from '../../entities/index.ts'
import type { EntityManager } from '../../orm.ts'

/** A message to store; `meaning` is null when there is none. */
export type NewInboxRow = {
  messageId: string
  topic: string
  body: Buffer
  properties: object
  meaning: Meaning | null
  state: InboxState
  reason: string | null
  /** The subject it is about, when it waits for a decision on that. */
  subjectId: number | null
  trace: Trace | null
}

/** A row that still waits; `first`: the first message about its subject that no job has attempted yet, null when there is none. */
export type WaitingRow = { id: number; subjectId: number | null; first: number | null }

/** How a row ends; `event` is the one it opened. */
export type InboxEnd = { state: Exclude<InboxState, 'new'>; reason?: string; event?: number | null }

/** A row as it was just stored. */
export type StoredRow = Pick<NewInboxRow, 'messageId' | 'topic' | 'state' | 'subjectId'> & { id: number }

/**
 * Stores messages whose ids are not known yet, and returns those that were new, in the order of `rows`, in which their ids rise. They are
 * stored in the order of message ids: two processes that received the same messages must not wait for each other. All values are one
 * JSON text: as single values they would be written into the text of the statement one by one, which costs more than storing them.
 */
export async function insertInboxRows(em: EntityManager, rows: readonly NewInboxRow[]): Promise<StoredRow[]> {
  type Row = Omit<StoredRow, 'id'> & { id: string }
  const stored = await em.execute<Row[]>(
    `insert into inbox (id, message_id, topic, body, properties, meaning, state, reason, subject_id, trace)
     select m.id, m.message_id, m.topic, decode(m.body, 'base64'), m.properties, m.meaning, m.state, m.reason, m.subject, m.trace
       from (select nextval('inbox_id_seq') as id, n.*
               from rows from (json_to_recordset(?::json) as (message_id text, topic text, body text, properties jsonb,
                    meaning jsonb, state text, reason text, subject int, trace jsonb)) with ordinality as n
                    (message_id, topic, body, properties, meaning, state, reason, subject, trace, place)) m
      order by m.message_id, m.place
     on conflict (message_id) do nothing
     returning id, message_id as "messageId", topic, state, subject_id as "subjectId"`,
    [
      storableJson(
        rows.map(({ messageId, body, subjectId, ...row }) => ({
          ...row,
          message_id: messageId,
          body: body.toString('base64'),
          subject: subjectId,
        })),
      ),
    ],
  )
  return stored.map(({ id, ...row }) => ({ ...row, id: Number(id) })).sort((a, b) => a.id - b.id)
}

/** The rows with these message ids that still wait to be handled. */
export async function waitingRows(em: EntityManager, messageIds: readonly string[]): Promise<WaitingRow[]> {
  const rows = await em.execute<{ id: string; subjectId: number | null; first: string | null }[]>(
    `select i.id, i.subject_id as "subjectId",
            (select min(f.id) from inbox f where f.subject_id = i.subject_id and f.state = 'new' and f.attempts = 0) as first
       from inbox i where i.state = 'new' and i.message_id in (${messageIds.map(() => '?').join(', ')}) order by i.id`,
    [...messageIds],
  )
  return rows.map(({ id, subjectId, first }) => ({
    id: Number(id),
    subjectId,
    first: first === null ? null : Number(first),
  }))
}

/** One row; null when there is none. */
export function findInboxRow(em: EntityManager, id: number): Promise<InboxRow | null> {
  return em.findOne(InboxMessage, { id })
}

/** Counts an attempt to handle the row, with what went wrong. */
export async function recordInboxFailure(em: EntityManager, id: number, reason: string): Promise<void> {
  await em.execute('update inbox set attempts = attempts + 1, reason = ? where id = ?', [reason, id])
}

/** Ends a row that still waits; one that has ended keeps its end. @returns whether it was still waiting */
export async function endInboxRow(em: EntityManager, id: number, end: InboxEnd): Promise<boolean> {
  const ended = await em.nativeUpdate(InboxMessage, { id, state: 'new' }, { reason: null, ...end })
  return ended > 0
}

/** Makes ignored rows with these message ids wait again. @returns the ids of the rows */
export async function reopenInboxRows(em: EntityManager, messageIds: readonly string[]): Promise<number[]> {
  const sql = `update inbox set state = 'new', reason = null
    where state = 'ignored' and message_id in (${messageIds.map(() => '?').join(', ')}) returning id`
  const rows = await em.execute<{ id: string }[]>(sql, [...messageIds])
  return rows.map(({ id }) => Number(id))
}

/** The newest rows that could not be handled. */
export function failedInboxRows(em: EntityManager, limit: number): Promise<InboxRow[]> {
  return em.find(InboxMessage, { state: 'failed' }, { orderBy: { id: 'desc' }, limit })
}

/** The states of rows that may be read again; others may not, so that nothing is done twice. */
const REPLAYABLE: InboxState[] = ['failed', 'ignored']

/** The rows among these that may be read again. */
export function replayableInboxRows(em: EntityManager, ids: readonly number[]): Promise<InboxRow[]> {
  return em.find(InboxMessage, { id: { $in: [...ids] }, state: { $in: REPLAYABLE } })
}

/**
 * Stores what a row was taken to mean when it was read again; its subject is looked up again. @returns whether it could still be read
 * again: another caller may have been faster
 */
export async function storeRereading(
  em: EntityManager,
  id: number,
  reading: { state: InboxState; reason: string | null; meaning: InboxRow['meaning'] },
): Promise<boolean> {
  const replayable = { id, state: { $in: REPLAYABLE } }
  return (await em.nativeUpdate(InboxMessage, replayable, { ...reading, subject: null })) > 0
}

/** Whether a message received since then reported the end of this task. */
export async function wasTaskReported(em: EntityManager, taskId: number, since: Date): Promise<boolean> {
  const sql = `select 1 from inbox where received_at >= ? and meaning ->> 'kind' = 'task-ended'
    and meaning ->> 'taskId' = ? limit 1`
  return (await em.execute<object[]>(sql, [since, String(taskId)])).length > 0
}
