/** What an event takes from the events it depends on (behaviour/freshmaker 1.7). */
import type { RebuiltImages } from '../../../domain/rebuild/discover/image-filter.ts'
import { withoutEpoch } from '../../../domain/rebuild/images/nvr.ts'
import { rebuildReasonId } from '../../../domain/rebuild/states.ts'
import type { EntityManager } from '../../orm.ts'
import { buildIs, isDryRun } from '../conditions.ts'

/** Search keys of the events it depends on, in the order they were added. */
export async function dependencyKeys(em: EntityManager, eventId: number): Promise<string[]> {
  const sql = `select e.search_key as key from event_dependencies d join events e on e.id = d.event_dependency_id
    where d.event_id = ? order by d.id`
  const rows = await em.execute<{ key: string }[]>(sql, [eventId])
  return rows.map(({ key }) => key)
}

/**
 * Whether the build `b` of the event `e` counts for an event, by its id: a dry run has built nothing, so it counts for dry
 * runs only. An event that is not stored is a preview of a real one.
 */
const COUNTS = `(not ${isDryRun('b', 'e')} or exists (select 1 from events own where own.id = ? and own.dry_run))`

/**
 * Original NVR -> rebuilt NVR of what they have built already; the first one that has an image wins. `dependsOn`: a dependency
 * that is not stored.
 */
export async function rebuiltByDependencies(
  em: EntityManager,
  eventId: number,
  dependsOn?: number,
): Promise<Map<string, string>> {
  const sql = `
    select distinct on (b.original_nvr) b.original_nvr as original, b.rebuilt_nvr as rebuilt
      from (select id, event_dependency_id as dependency from event_dependencies where event_id = ?
            union all select 0, ?::int) d
      join events e on e.id = d.dependency
      join artifact_builds b on b.event_id = e.id
     where ${buildIs('b', 'DONE')} and ${COUNTS}
       and b.original_nvr is not null and b.rebuilt_nvr is not null
     order by b.original_nvr, d.id, b.id`
  const rows = await em.execute<{ original: string; rebuilt: string }[]>(sql, [
    eventId,
    dependsOn ?? null,
    eventId,
  ])
  return new Map(rows.map(({ original, rebuilt }) => [original, rebuilt]))
}

/**
 * Original NVRs of directly affected builds that are DONE in any event with the search key of `event`, with the RPMs (NVRs, no
 * epoch) that these events had to put in: an advisory may get other ones before it ships.
 */
export async function rebuiltForAdvisory(
  em: EntityManager,
  { id, searchKey }: { id: number; searchKey: string },
): Promise<RebuiltImages> {
  const sql = `
    select distinct b.original_nvr as nvr, e.id as "eventId" from artifact_builds b join events e on e.id = b.event_id
     where e.search_key = ? and ${COUNTS} and ${buildIs('b', 'DONE')} and b.rebuild_reason = ${rebuildReasonId('directly_affected')} and b.original_nvr is not null`
  const rows = await em.execute<{ nvr: string; eventId: number }[]>(sql, [searchKey, id])
  const fixedIn = await fixedByEvents(em, [...new Set(rows.map(({ eventId }) => eventId))])
  const ofImages = Map.groupBy(rows, ({ nvr }) => nvr)
  return new Map(
    [...ofImages].map(([nvr, group]) => {
      const lists = group.map(({ eventId }) => fixedIn.get(eventId))
      return [nvr, lists.includes(undefined) ? null : new Set(lists.flatMap((list) => list ?? []))]
    }),
  )
}

async function fixedByEvents(
  em: EntityManager,
  eventIds: readonly number[],
): Promise<ReadonlyMap<number, string[]>> {
  if (eventIds.length === 0) return new Map()
  const sql = 'select event_id as id, fixed_rpms as rpms from event_findings where event_id in (?)'
  const rows = await em.execute<{ id: number; rpms: string[] }[]>(sql, [eventIds])
  return new Map(rows.map(({ id, rpms }) => [id, rpms.map(withoutEpoch)]))
}
