/** Decisions on rebuilt images at release gates, as of the last message about each image (decision 0039). */
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'
import { buildIs, isDryRun } from '../conditions.ts'
import { digestedName, type SubjectName } from './subjects.ts'

/** A decision as it is stored. */
export type ReleaseDecisionRow = { decisionContext: string; productVersion: string; decision: unknown }

/** A rebuilt image of an event. */
export type RebuiltImage = { buildId: number; name: string; nvr: string }

/** The images that an event has rebuilt, in the order of their builds; none of a dry run, whose builds end DONE without an image. */
export function rebuiltImages(em: EntityManager, eventId: number): Promise<RebuiltImage[]> {
  const sql = `select b.id as "buildId", b.name, b.rebuilt_nvr as nvr
     from artifact_builds b join events e on e.id = b.event_id
    where b.event_id = ? and ${buildIs('b', 'DONE')} and b.rebuilt_nvr is not null and not ${isDryRun('b', 'e')}
    order by b.id`
  return em.execute<RebuiltImage[]>(sql, [eventId])
}

/** Forgets the decisions on a subject: the next reader makes them. */
export async function forgetReleaseDecisions(em: EntityManager, subjectId: number): Promise<void> {
  await em.execute('delete from release_decisions where subject_id = ?', [subjectId])
}

const FIND = `
  select s.type, s.identifier, d.decision_context as "decisionContext", d.product_version as "productVersion", d.decision
    from subjects s join release_decisions d on d.subject_id = s.id
   where s.digest in (select md5(name) from jsonb_array_elements_text(?::jsonb) name) and d.judged_by = ?
     and not exists (select 1 from inbox i where i.subject_id = s.id and i.state = 'new')`

/** The decisions on these subjects that are current: no message about the subject waits, and they were judged by the same. */
export function currentReleaseDecisions(
  em: EntityManager,
  subjects: readonly SubjectName[],
  judgedBy: string,
): Promise<(SubjectName & ReleaseDecisionRow)[]> {
  const names = storableJson(subjects.map(digestedName))
  return em.execute<(SubjectName & ReleaseDecisionRow)[]>(FIND, [names, judgedBy])
}
