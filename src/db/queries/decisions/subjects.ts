/** Subjects of the gate and the messages about them that wait for a decision (decision 0035). */
import { createHash } from 'node:crypto'
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'
import { idArray } from '../../values.ts'

/** The name of a subject; `type` is the canonical id of its type. */
export type SubjectName = { type: string; identifier: string }

/** The text whose MD5 is the digest of a subject. */
export const digestedName = ({ type, identifier }: SubjectName): string => JSON.stringify([type, identifier])

/** Jobs of `decide` that are due, each named by the first of the messages that it is for. */
export type DueDecision = { subjectId: number; inboxId: number }

/**
 * A subject that was named so recently is not noted again: each time would use up an id, and messages about results never end. So it is
 * kept this much longer.
 */
export const RECENT = '6 hours'

/**
 * Records that a message has named these subjects.
 * @returns their ids, in the order of `names`; null for null
 */
export async function nameSubjects(
  em: EntityManager,
  names: readonly (SubjectName | null)[],
): Promise<(number | null)[]> {
  const named = new Map(names.flatMap((name) => (name ? [[digestOf(name), name] as const] : [])))
  if (named.size === 0) return names.map(() => null)
  // In one order for all: two processes that name the same subjects must not wait for each other.
  const rows = await em.execute<{ id: number; digest: string }[]>(
    `with named as (
       select * from jsonb_to_recordset(?::jsonb) as n (digest text, type text, identifier text)),
     recent as (
       select id, digest from subjects
        where digest in (select digest from named) and seen_at > now() - interval '${RECENT}'),
     noted as (
       insert into subjects (digest, type, identifier)
       select digest, type, identifier from named where digest not in (select digest from recent) order by digest
       on conflict (digest) do update set seen_at = now() returning id, digest)
     select id, digest from recent union all select id, digest from noted`,
    [storableJson([...named].map(([digest, name]) => ({ digest, ...name })))],
  )
  const ids = new Map(rows.map(({ id, digest }) => [digest, id]))
  return names.map((name) => (name ? (ids.get(digestOf(name)) ?? null) : null))
}

function digestOf(name: SubjectName): string {
  return createHash('md5').update(digestedName(name)).digest('hex')
}

/**
 * Records on a message which subject it is about: from then on it waits for a decision. Only while it is `new`.
 * @returns the id of the subject
 */
export async function assignSubject(em: EntityManager, inboxId: number, name: SubjectName): Promise<number> {
  const [found] = await nameSubjects(em, [name])
  const id = found ?? 0
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

/** Counts an attempt to decide for these messages, with what went wrong. */
export async function recordAttempt(
  em: EntityManager,
  ids: readonly number[],
  reason: string,
): Promise<void> {
  const sql =
    "update inbox set attempts = attempts + 1, reason = ? where id = any(?::bigint[]) and state = 'new'"
  await em.execute(sql, [reason, idArray(ids)])
}

/** Ends all messages about the subject that were received until then and attempted without success. @returns their meanings */
export async function failAttempted(
  em: EntityManager,
  subjectId: number,
  { reason, until }: { reason: string; until: Date },
): Promise<{ meaning: unknown }[]> {
  return em.execute<{ meaning: unknown }[]>(
    `update inbox set state = 'failed', reason = ?
      where subject_id = ? and state = 'new' and attempts > 0 and received_at <= ? returning meaning`,
    [reason, subjectId, until],
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
