/** The last decision on each subject, by decision context and product version (decision 0035). */
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'
import { idArray } from '../../values.ts'
import { IN_ORDER, INSERT_MESSAGES, type Message, storedTrace } from '../messages/outbox.ts'
import type { ReleaseDecisionRow } from './release-decisions.ts'
import { digestedName, type SubjectName } from './subjects.ts'

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
export type WaitingMessage = { id: number; topic: string; meaning: unknown }

/** A subject at one revision, with the waiting messages about it, oldest first. `news`: a number that rises with each message that may concern it. */
export type SubjectState = SubjectName & {
  revision: number
  news: number
  decisions: StoredDecision[]
  waiting: WaitingMessage[]
}

/** A subject with all that was decided on it, as of one moment; undefined when it was deleted. */
export async function subjectState(em: EntityManager, id: number): Promise<SubjectState | undefined> {
  const [state] = await em.execute<SubjectState[]>(
    `select s.type, s.identifier, s.revision, s.news,
            (select coalesce(json_agg(json_build_object(
                'decisionContext', d.decision_context, 'productVersion', d.product_version, 'decision', d.decision,
                'fingerprint', d.fingerprint, 'knownSinceUs', d.known_since_us, 'isPublished', d.is_published)), '[]')
               from decisions d where d.subject_id = s.id) as decisions,
            (select coalesce(json_agg(json_build_object('id', i.id, 'topic', i.topic, 'meaning', i.meaning) order by i.id), '[]')
               from inbox i where i.subject_id = s.id and i.state = 'new') as waiting
       from subjects s where s.id = ?`,
    [id],
  )
  return state
}

/** The subjects among these on which anything was decided after a message. */
export async function decidedSubjects(
  em: EntityManager,
  subjects: readonly SubjectName[],
): Promise<(SubjectName & { id: number })[]> {
  if (subjects.length === 0) return []
  const sql = `select s.id, s.type, s.identifier from subjects s
    where s.digest in (select md5(name) from jsonb_array_elements_text(?::jsonb) name)
      and exists (select 1 from decisions d where d.subject_id = s.id) order by s.id`
  return em.execute(sql, [storableJson(subjects.map(digestedName))])
}

/** What a run leads to: the decisions, the messages about changes in their order, and the messages that have led to them. */
export type RunResult = {
  decisions: readonly StoredDecision[]
  /** Decisions at release gates, in place of all before them; `judgedBy` says by what. */
  releases: readonly ReleaseDecisionRow[]
  judgedBy: string
  messages: readonly Message[]
  ended: readonly number[]
  now: Date
}

/** One statement, so that all of it is done or nothing, in one round trip; the revision locks the subject until its end. */
const STORE = `
  with taken as (
    update subjects set revision = revision + 1 where id = ? and revision = ? returning id, news = ? as "isCurrent"),
  stored as (
    insert into decisions
      (subject_id, decision_context, product_version, decision, fingerprint, known_since_us, is_published)
    select taken.id, d."decisionContext", d."productVersion", d.decision, d.fingerprint, d."knownSinceUs", d."isPublished"
      from taken, jsonb_to_recordset(?::jsonb) as d("decisionContext" text, "productVersion" text, decision jsonb,
           fingerprint text, "knownSinceUs" bigint, "isPublished" boolean)
    on conflict (subject_id, decision_context, product_version) do update set
      decision = excluded.decision, fingerprint = excluded.fingerprint,
      known_since_us = excluded.known_since_us, is_published = excluded.is_published),
  released as (
    insert into release_decisions (subject_id, decision_context, product_version, decision, judged_by)
    select taken.id, r."decisionContext", r."productVersion", r.decision, ?
      from taken, jsonb_to_recordset(?::jsonb) as r("decisionContext" text, "productVersion" text, decision jsonb)
     where taken."isCurrent"
    on conflict (subject_id, decision_context, product_version) do update set
      decision = excluded.decision, judged_by = excluded.judged_by),
  forgotten as (
    delete from release_decisions g using taken where g.subject_id = taken.id and not exists (
      select 1 from jsonb_to_recordset(?::jsonb) as r("decisionContext" text, "productVersion" text)
       where taken."isCurrent" and (r."decisionContext", r."productVersion") = (g.decision_context, g.product_version))),
  ended as (
    update inbox set state = 'done', reason = null from taken
     where inbox.id = any(?::bigint[]) and inbox.state = 'new'),
  sent as (${INSERT_MESSAGES}, taken ${IN_ORDER})
  select (select max(id) from sent) as "upTo" from taken`

/**
 * Replaces the stored decisions, stores the messages about what has changed, and ends the inbox messages that led to them, unless
 * these have ended already. Decisions at release gates are stored only without news since `read.news`; otherwise readers make
 * them. Outbox rows of a subject get their ids in the order of its revisions.
 * @returns the id of the last message to send, null when there is none; undefined, with nothing stored, when another run has stored
 *   decisions since `read.revision`
 */
export async function storeRun(
  em: EntityManager,
  subjectId: number,
  read: Pick<SubjectState, 'revision' | 'news'>,
  { decisions, releases, judgedBy, messages, ended, now }: RunResult,
): Promise<number | null | undefined> {
  const [row] = await em.execute<{ upTo: string | null }[]>(STORE, [
    subjectId,
    read.revision,
    read.news,
    storableJson(decisions),
    judgedBy,
    storableJson(releases),
    storableJson(releases),
    idArray(ended),
    null,
    subjectId,
    now,
    storedTrace(),
    storableJson(messages),
  ])
  return row && (row.upTo === null ? null : Number(row.upTo))
}
