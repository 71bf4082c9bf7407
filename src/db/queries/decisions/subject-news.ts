/** News of identifiers: what was decided at release gates on subjects of any type with one of them is no longer current (decision 0078). */
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'
import { digestedName, type SubjectName } from './subjects.ts'

/** In the order of digests, as they are named: two processes with news of the same subjects must not wait for each other. */
const NOTE = `
  with named as (
    select s.id from subjects s
     where s.digest in (select md5(name) from jsonb_array_elements_text(?::jsonb) name)
     order by s.digest for update),
  noted as (
    update subjects s set news = s.news + 1 from named where s.id = named.id)
  delete from release_decisions g using named where g.subject_id = named.id`

/**
 * Call it before the messages are stored: who reads a decision afterwards makes it anew. A run that has begun before does not store its
 * own at release gates. Safe to repeat.
 */
export async function noteNews(em: EntityManager, subjects: readonly SubjectName[]): Promise<void> {
  if (subjects.length > 0) await em.execute(NOTE, [storableJson(subjects.map(digestedName))])
}
