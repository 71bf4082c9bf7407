/** Invalidates what was decided at release gates on subjects with certain identifiers, and what processes keep of them (decision 0078). */
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'
import { digestedName } from './subjects.ts'

/** Identifiers that messages name, and the ids of the types under which they may be subjects. */
export type SubjectNews = { identifiers: readonly string[]; types: readonly string[] }

/** What PostgreSQL carries in one notification; instead of a longer one, all subjects are to be forgotten. */
const MAX_NOTICE_BYTES = 7999

/**
 * Locks subjects in the order of digests: two processes with news of the same subjects must not wait for each other. Not their keys, which
 * another process holds for the messages about them that it is storing, in the order of these. The previous release
 * also reads the type of a notice, but uses only the identifier.
 */
const RECORD = `
  with named as (
    select s.id from subjects s
     where s.digest in (select md5(name) from jsonb_array_elements_text(?::jsonb) name)
     order by s.digest for no key update),
  noted as (
    update subjects s set news = s.news + 1 from named where s.id = named.id),
  forgotten as (
    delete from release_decisions g using named where g.subject_id = named.id)
  select pg_notify('freshwave_subject_changed', case when octet_length(notice) <= ? then notice else ? end)
    from (select json_build_object('type', '', 'identifier', identifier)::text as notice
            from jsonb_array_elements_text(?::jsonb) identifier) notices`

const OF_ALL = JSON.stringify({ type: '', identifier: null })

/**
 * Forgets decisions at release gates, which the next reader makes again, and notifies all processes. Call it before the messages are
 * stored. A run that has begun earlier does not store its own decisions at release gates. Safe to repeat.
 */
export async function recordNews(em: EntityManager, { identifiers, types }: SubjectNews): Promise<void> {
  if (identifiers.length === 0) return
  const names = identifiers.flatMap((identifier) => types.map((type) => digestedName({ type, identifier })))
  await em.execute(RECORD, [storableJson(names), MAX_NOTICE_BYTES, OF_ALL, storableJson(identifiers)])
}
