/** The last decision on each subject, by decision context and product version (decision 0035). */
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'
import type { SubjectName } from './subjects.ts'

/** A decision as it was stored. */
export type StoredDecision = {
  decisionContext: string
  productVersion: string
  decision: unknown
  fingerprint: string
  knownSinceUs: number
  isPublished: boolean
}

/** A subject at one revision. */
export type SubjectState = SubjectName & { revision: number; decisions: StoredDecision[] }

type Row = Omit<StoredDecision, 'knownSinceUs'> & { knownSinceUs: string }

/** A subject with all that was decided on it; undefined when it was deleted. */
export async function subjectState(em: EntityManager, id: number): Promise<SubjectState | undefined> {
  // The revision comes first: decisions stored between the two statements make it an old one.
  const [subject] = await em.execute<(SubjectName & { revision: number })[]>(
    'select type, identifier, revision from subjects where id = ?',
    [id],
  )
  if (!subject) return undefined
  const rows = await em.execute<Row[]>(
    `select decision_context as "decisionContext", product_version as "productVersion", decision, fingerprint,
            known_since_us as "knownSinceUs", is_published as "isPublished"
       from decisions where subject_id = ?`,
    [id],
  )
  return {
    ...subject,
    decisions: rows.map((row) => ({ ...row, knownSinceUs: Number(row.knownSinceUs) })),
  }
}

/**
 * Locks the subject until the transaction ends, so that what is stored about it has one order, and forgets its decisions at
 * release gates, of which the new ones are stored next.
 * @returns false when decisions were stored since it was read at `revision`
 */
export async function takeRevision(em: EntityManager, id: number, revision: number): Promise<boolean> {
  const sql = `
    with taken as (update subjects set revision = revision + 1 where id = ? and revision = ? returning id),
         gone as (delete from release_decisions where subject_id in (select id from taken))
    select id from taken`
  return (await em.execute<unknown[]>(sql, [id, revision])).length > 0
}

/** Stores decisions in place of those before them. */
export async function storeDecisions(
  em: EntityManager,
  subjectId: number,
  decisions: readonly StoredDecision[],
): Promise<void> {
  if (decisions.length === 0) return
  await em.execute(
    `insert into decisions
       (subject_id, decision_context, product_version, decision, fingerprint, known_since_us, is_published)
     values ${decisions.map(() => '(?, ?, ?, ?::jsonb, ?, ?, ?)').join(', ')}
     on conflict (subject_id, decision_context, product_version) do update set
       decision = excluded.decision, fingerprint = excluded.fingerprint,
       known_since_us = excluded.known_since_us, is_published = excluded.is_published`,
    decisions.flatMap((row) => [
      subjectId,
      row.decisionContext,
      row.productVersion,
      storableJson(row.decision),
      row.fingerprint,
      row.knownSinceUs,
      row.isPublished,
    ]),
  )
}
