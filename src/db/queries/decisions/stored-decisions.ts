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

/** A message that waits for a decision on its subject; `meaning` is unread. */
export type WaitingMessage = { id: number; meaning: unknown }

/** A subject at one revision, with the messages about it that wait, oldest first. */
export type SubjectState = SubjectName & {
  revision: number
  decisions: StoredDecision[]
  waiting: WaitingMessage[]
}

/** A subject with all that was decided on it, as of one moment; undefined when it was deleted. */
export async function subjectState(em: EntityManager, id: number): Promise<SubjectState | undefined> {
  const [state] = await em.execute<SubjectState[]>(
    `select s.type, s.identifier, s.revision,
            (select coalesce(json_agg(json_build_object(
                'decisionContext', d.decision_context, 'productVersion', d.product_version, 'decision', d.decision,
                'fingerprint', d.fingerprint, 'knownSinceUs', d.known_since_us, 'isPublished', d.is_published)), '[]')
               from decisions d where d.subject_id = s.id) as decisions,
            (select coalesce(json_agg(json_build_object('id', i.id, 'meaning', i.meaning) order by i.id), '[]')
               from inbox i where i.subject_id = s.id and i.state = 'new') as waiting
       from subjects s where s.id = ?`,
    [id],
  )
  return state
}

/**
 * Locks the subject until the transaction ends, so that what is stored about it has one order.
 * @returns false when decisions were stored since it was read at `revision`
 */
export async function takeRevision(em: EntityManager, id: number, revision: number): Promise<boolean> {
  const sql = 'update subjects set revision = revision + 1 where id = ? and revision = ? returning id'
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
