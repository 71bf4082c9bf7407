/** Rows of the inbox: messages from the bus, kept until they are handled and long after (design rule 2). */
import { storableJson } from '../../../lib/storable.ts'
import { InboxMessage, type InboxRow, type InboxState } from '../../entities/index.ts'
import type { EntityManager } from '../../orm.ts'

/** A message to store; `meaning` is JSON text, null when there is none. */
export type NewInboxRow = {
  messageId: string
  topic: string
  body: Buffer
  properties: object
  meaning: string | null
  state: InboxState
  reason: string | null
  /** The subject it is about, when it waits for a decision on that. */
  subjectId: number | null
}

/** A row that still waits; `first`: the first message about its subject that no job has attempted yet, null when there is none. */
export type WaitingRow = { id: number; subjectId: number | null; first: number | null }

/** How a row ends; `event` is the one it opened. */
export type InboxEnd = { state: Exclude<InboxState, 'new'>; reason?: string; event?: number | null }

/** Stores messages whose ids are not known yet and returns the states and topics of those that were new. */
export async function insertInboxRows(
  em: EntityManager,
  rows: readonly NewInboxRow[],
): Promise<{ state: InboxState; topic: string }[]> {
  return em.execute<{ state: InboxState; topic: string }[]>(
    `insert into inbox (message_id, topic, body, properties, meaning, state, reason, subject_id)
     values ${rows.map(() => '(?, ?, ?, ?::jsonb, ?::jsonb, ?, ?, ?::int)').join(', ')}
     on conflict (message_id) do nothing returning state, topic`,
    rows.flatMap(({ messageId, topic, body, properties, meaning, state, reason, subjectId }) => [
      messageId,
      topic,
      body,
      storableJson(properties),
      meaning,
      state,
      reason,
      subjectId,
    ]),
  )
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
export async function noteInboxFailure(em: EntityManager, id: number, reason: string): Promise<void> {
  await em.execute('update inbox set attempts = attempts + 1, reason = ? where id = ?', [reason, id])
}

/** Ends a row that still waits; one that has ended keeps its end. @returns whether it was still waiting */
export async function endInboxRow(em: EntityManager, id: number, end: InboxEnd): Promise<boolean> {
  const ended = await em.nativeUpdate(InboxMessage, { id, state: 'new' }, { reason: null, ...end })
  return ended > 0
}

/** The newest rows that could not be handled. */
export function failedInboxRows(em: EntityManager, limit: number): Promise<InboxRow[]> {
  return em.find(InboxMessage, { state: 'failed' }, { orderBy: { id: 'desc' }, limit })
}

/** Those of these rows that may be read again: failed and ignored ones, so that nothing is done twice. */
export function replayableInboxRows(em: EntityManager, ids: readonly number[]): Promise<InboxRow[]> {
  return em.find(InboxMessage, { id: { $in: [...ids] }, state: { $in: ['failed', 'ignored'] } })
}

/** Stores what a row was taken to mean when it was read again; its subject is found anew. */
export async function storeRereading(
  em: EntityManager,
  id: number,
  reading: { state: InboxState; reason: string | null; meaning: InboxRow['meaning'] },
): Promise<void> {
  await em.nativeUpdate(InboxMessage, { id }, { ...reading, subject: null })
}

/** Whether a message received since then reported the end of this task. */
export async function wasTaskReported(em: EntityManager, taskId: number, since: Date): Promise<boolean> {
  const sql = `select 1 from inbox where received_at >= ? and meaning ->> 'kind' = 'task-ended'
    and meaning ->> 'taskId' = ? limit 1`
  return (await em.execute<object[]>(sql, [since, String(taskId)])).length > 0
}
