/** Events that resume others: what is left of an ended event, and which event plans it again (decision 0016). */

import type { EndedBuild, Resumption } from '../../../domain/rebuild/plan/choose-resumed.ts'
import { buildStateId, buildStateName } from '../../../domain/rebuild/states.ts'
import { buildText } from '../../../domain/rebuild/texts.ts'
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'
import { buildIs, eventIs, isDryRun } from '../conditions.ts'

/**
 * A build of an ended event; `state` is DONE also when the later event `rebuiltBy` has rebuilt its image, and FAILED when a setting
 * made it a dry run in an event that is not one: nothing was built.
 */
export type LeftBuild = EndedBuild & {
  originalNvr: string
  /** Original NVR of its parent build, else the NVR it was to be built on; null also when that may be gone. */
  parentNvr: string | null
  /** It failed in its plan, or because of what its plan decided. */
  needsNewPlan: boolean
  rebuiltBy: number | null
}
type LeftRow = Omit<LeftBuild, 'state'> & { state: number }

/** Koji did not have the image or the parent that the build `b` starts from any more: what its plan decided is out of date. */
const IS_OUTDATED = `coalesce(b.state_reason like '${buildText.originNotComplete('%', '%')}', false)`

/** Dry runs rebuild nothing, so they count for dry runs only. */
const LEFT = `
  select b.id, case when ${buildIs('b', 'DONE')} and b.build_id < 0 and not coalesce(e.dry_run, false)
                    then ${buildStateId('FAILED')} else b.state end as state, b.dep_on_id as "depOnId", coalesce(b.original_nvr, b.name) as "originalNvr",
         case when not ${IS_OUTDATED} then coalesce(p.original_nvr, nullif(b.build_args, '')::jsonb ->> 'original_parent') end as "parentNvr",
         coalesce(i.rule = 'cannot-be-built', false) or ${IS_OUTDATED} as "needsNewPlan", later.id as "rebuiltBy"
    from artifact_builds b join events e on e.id = b.event_id
    left join artifact_builds p on p.id = b.dep_on_id
    left join considered_images i on i.event_id = b.event_id and i.nvr = b.original_nvr
    left join lateral (
      select max(l.id) as id from artifact_builds d join events l on l.id = d.event_id
       where d.original_nvr = b.original_nvr and ${buildIs('d', 'DONE')} and d.rebuilt_nvr is not null and l.id > e.id
         and l.search_key = e.search_key and ${isDryRun('d', 'l')} = coalesce(e.dry_run, false)) later on true
   where b.event_id = ? order by b.id`

/** All builds of an event that has ended. */
export async function leftBuilds(em: EntityManager, eventId: number): Promise<LeftBuild[]> {
  const rows = await em.execute<LeftRow[]>(LEFT, [eventId])
  return rows.map((row) => ({
    ...row,
    state: row.rebuiltBy === null ? (buildStateName(row.state) ?? 'FAILED') : 'DONE',
  }))
}

/** Where an event submitted its builds, by their arguments; null for what they leave out. */
export async function destinationOfBuilds(
  em: EntityManager,
  eventId: number,
): Promise<{ branch: string | null; target: string | null }> {
  const sql = `
    select args ->> 'branch' as branch, args ->> 'target' as target
      from (select id, nullif(build_args, '')::jsonb as args from artifact_builds where event_id = ?) b
     where args ->> 'branch' is not null order by id limit 1`
  const [row] = await em.execute<{ branch: string | null; target: string | null }[]>(sql, [eventId])
  return row ?? { branch: null, target: null }
}

/** An event with this search key that has not ended, first one that resumes `eventId`. */
export async function openEventOf(
  em: EntityManager,
  searchKey: string,
  eventId: number,
): Promise<{ id: number; resumes: number | null } | undefined> {
  const sql = `
    select e.id, d.event_dependency_id as resumes from events e
      left join event_dependencies d on d.event_id = e.id and d.resumption is not null
     where e.search_key = ? and ${eventIs('e', 'INITIALIZED', 'BUILDING')}
     order by (d.event_dependency_id = ?) desc nulls last, e.id limit 1`
  const [open] = await em.execute<{ id: number; resumes: number | null }[]>(sql, [searchKey, eventId])
  return open
}

/**
 * Makes `eventId` depend on the event it resumes, on those that this one depends on, and on `later` ones that have rebuilt
 * some of its images: their rebuilds are used.
 */
export async function insertResumption(
  em: EntityManager,
  eventId: number,
  { resumes, later, resumption }: { resumes: number; later: readonly number[]; resumption: Resumption },
): Promise<void> {
  await em.execute(
    'insert into event_dependencies (event_id, event_dependency_id, resumption) values (?, ?, ?::jsonb)',
    [eventId, resumes, storableJson(resumption)],
  )
  const inherited = `
    insert into event_dependencies (event_id, event_dependency_id)
    select ?::int, o.id from (
      select event_dependency_id as id, 1 as rank, id as nth from event_dependencies where event_id = ?
      union all select l.value::int, 0, l.nth from jsonb_array_elements_text(?::jsonb) with ordinality as l (value, nth)) o
     order by o.rank, o.nth on conflict do nothing`
  await em.execute(inherited, [eventId, resumes, storableJson(later)])
}

/** What an event resumes, and the event. */
export type ResumptionRecord = Resumption & { resumes: number }

/** What an event resumes; undefined when it resumes none. */
export async function resumptionOf(
  em: EntityManager,
  eventId: number,
): Promise<ResumptionRecord | undefined> {
  const sql = `select event_dependency_id as resumes, resumption from event_dependencies
    where event_id = ? and resumption is not null`
  const [row] = await em.execute<{ resumes: number; resumption: Resumption }[]>(sql, [eventId])
  return row && { resumes: row.resumes, ...row.resumption }
}

/** The events that have resumed an event, the first one first. */
export async function resumingEvents(em: EntityManager, eventId: number): Promise<number[]> {
  const sql = `select event_id as id from event_dependencies
    where event_dependency_id = ? and resumption is not null order by id`
  const rows = await em.execute<{ id: number }[]>(sql, [eventId])
  return rows.map(({ id }) => id)
}
