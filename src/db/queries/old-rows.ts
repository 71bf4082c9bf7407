/** Deletes rows that are kept for a limited time only; few in each statement, so that no lock is held for long. */
import type { EntityManager } from '../orm.ts'
import { RECENT } from './decisions/subjects.ts'

const CHUNK = 5000
/** Deleted in one call at most, because a sweep has other work; a process receives about as many in a minute, its usual pause. */
const MAX_ROWS = 300_000

/** Which rows of a table may go; each takes the time before which they ended. */
const OLD = {
  inbox: "state in ('done', 'ignored') and received_at < ?",
  outbox: 'published_at < ?',
  /** With the decisions on them, unless a message waits to be sent. A condition on waiting messages alone would read all of them. */
  subjects: `seen_at < ?::timestamptz - interval '${RECENT}'
    and (select bool_or(o.published_at is null) from outbox o where o.subject_id = old.id) is not true`,
  audit: 'at < ?',
}

/**
 * Deletes rows that ended before `before` until there are none, or about `max` have been deleted: the rest is left to the next time.
 * Rows that another transaction has locked stay: a subject may just have been named by a message. @returns how many were deleted
 */
export async function deleteOldRows(
  em: EntityManager,
  table: keyof typeof OLD,
  before: Date,
  max = MAX_ROWS,
): Promise<number> {
  const sql = `with taken as materialized
    (select old.id from ${table} old where ${OLD[table]} limit ${CHUNK} for update skip locked)
    delete from ${table} t using taken where t.id = taken.id returning 1`
  let deleted = 0
  for (let rows = CHUNK; rows === CHUNK && deleted < max; deleted += rows)
    rows = (await em.execute<unknown[]>(sql, [before])).length
  return deleted
}
