/** Subjects of the gate and the messages about them that wait for a decision (decision 0035). */
import type { EntityManager } from '../../orm.ts'

/** The name of a subject; `type` is the canonical id of its type. */
export type SubjectName = { type: string; identifier: string }

/** The text whose MD5 is the digest of a subject. */
export const digestedName = ({ type, identifier }: SubjectName): string => JSON.stringify([type, identifier])

/** A message that waits for a decision on its subject; `meaning` is unread. */
export type WaitingMessage = { id: number; meaning: unknown }

/** Jobs of `decide` that are due, each named by the first of the messages that it is for. */
export type DueDecision = { subjectId: number; inboxId: number }

const FIND = `
  insert into subjects (digest, type, identifier) values (md5(?), ?, ?)
  on conflict (digest) do update set seen_at = now() returning id`

/**
 * Notes on a message which subject it is about: from then on it waits for a decision. Only while it is `new`.
 * @returns the id of the subject
 */
export async function assignSubject(
  em: EntityManager,
  inboxId: number,
  subjectName: SubjectName,
): Promise<number> {
  const { type, identifier } = subjectName
  const [subject] = await em.execute<{ id: number }[]>(FIND, [digestedName(subjectName), type, identifier])
  const id = subject?.id ?? 0
  const assign = "update inbox set subject_id = ?, attempts = 0, reason = null where id = ? and state = 'new'"
  await em.execute(assign, [id, inboxId])
  return id
}

/** The first message about the subject that no job has attempted yet; undefined when there is none. */
export async function firstUnattempted(em: EntityManager, subjectId: number): Promise<number | undefined> {
  const sql =
    "select min(id)::bigint as id from inbox where subject_id = ? and state = 'new' and attempts = 0"
  const [row] = await em.execute<{ id: string | null }[]>(sql, [subjectId])
  return row?.id ? Number(row.id) : undefined
}

/** All messages about the subject that wait, oldest first. */
export async function waitingMessages(em: EntityManager, subjectId: number): Promise<WaitingMessage[]> {
  const sql = "select id, meaning from inbox where subject_id = ? and state = 'new' order by id"
  const rows = await em.execute<{ id: string; meaning: unknown }[]>(sql, [subjectId])
  return rows.map(({ id, meaning }) => ({ id: Number(id), meaning }))
}

/** Counts an attempt to decide for these messages, with what went wrong. */
export async function noteAttempt(em: EntityManager, ids: readonly number[], reason: string): Promise<void> {
  const sql =
    "update inbox set attempts = attempts + 1, reason = ? where id = any(?::bigint[]) and state = 'new'"
  await em.execute(sql, [reason, listOf(ids)])
}

/** Ends messages that led to decisions; those that have ended keep their end. */
export async function endWaiting(em: EntityManager, ids: readonly number[]): Promise<void> {
  const sql = "update inbox set state = 'done', reason = null where id = any(?::bigint[]) and state = 'new'"
  await em.execute(sql, [listOf(ids)])
}

/** Ends all messages about the subject that were attempted without success. @returns their meanings */
export async function failAttempted(
  em: EntityManager,
  subjectId: number,
  reason: string,
): Promise<{ meaning: unknown }[]> {
  return em.execute<{ meaning: unknown }[]>(
    `update inbox set state = 'failed', reason = ?
      where subject_id = ? and state = 'new' and attempts > 0 returning meaning`,
    [reason, subjectId],
  )
}

/**
 * One job for the messages of each subject that were received before `before` and not attempted, and one for those that
 * wait for a further attempt.
 */
export async function dueDecisions(em: EntityManager, before: Date): Promise<DueDecision[]> {
  const sql = `select subject_id as "subjectId", min(id)::bigint as "inboxId" from inbox
    where state = 'new' and subject_id is not null and received_at < ? group by subject_id, attempts > 0`
  const rows = await em.execute<{ subjectId: number; inboxId: string }[]>(sql, [before])
  return rows.map(({ subjectId, inboxId }) => ({ subjectId, inboxId: Number(inboxId) }))
}

/** Deletes subjects, and the decisions on them, that no message has named since `before`. */
export async function deleteOldSubjects(em: EntityManager, before: Date): Promise<void> {
  const sql = `delete from subjects s where seen_at < ?
    and not exists (select 1 from outbox o where o.subject_id = s.id and o.published_at is null)`
  await em.execute(sql, [before])
}

/** What PostgreSQL carries in one notification. */
const MAX_NOTICE_BYTES = 7999

/** Notifies other processes that what they keep of a subject is old. A name too long for a notification is not sent. */
export async function notifySubjectChanged(
  em: EntityManager,
  { type, identifier }: SubjectName,
): Promise<void> {
  const notice = JSON.stringify({ type, identifier })
  if (Buffer.byteLength(notice) > MAX_NOTICE_BYTES) return
  await em.execute("select pg_notify('freshwave_subject_changed', ?)", [notice])
}

function listOf(ids: readonly number[]): string {
  return `{${ids.join(',')}}`
}
