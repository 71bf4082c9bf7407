/** Reads what an event reuses of the events it depends on (behaviour/freshmaker 1.7). */
import type { RebuiltImages } from '../../../domain/rebuild/discover/image-filter.ts'
import { type EarlierRebuild, rpmsByName } from '../../../domain/rebuild/images/earlier-rebuild.ts'
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

/** Whether the build `b` of the event `e` counts for an event that is a dry run or not: a dry run has built nothing, so it counts for dry runs only. */
const COUNTS = `(not ${isDryRun('b', 'e')} or ?::boolean)`

/** `dependsOn`: a dependency that is not stored. */
type Dependent = { id: number; dryRun?: DryRun; dependsOn?: number | undefined }
type DryRun = boolean | null | undefined

/**
 * Original NVR -> rebuilt NVR of what they have built already; the first one that has an image wins.
 */
export async function rebuiltByDependencies(
  em: EntityManager,
  event: Dependent,
): Promise<Map<string, string>> {
  const rows = await doneInDependencies(em, event)
  return new Map(rows.map(({ original, rebuilt }) => [original, rebuilt]))
}

/** The same with the RPMs that their events had to put in. */
export async function earlierRebuilds(
  em: EntityManager,
  event: Dependent & { searchKey: string },
): Promise<Map<string, EarlierRebuild>> {
  const rows = await doneInDependencies(em, event)
  const fixedIn = await fixedByEvents(em, [...new Set(rows.map(({ eventId }) => eventId))])
  // An event that had to put in none, such as one of images by name, does not show which RPMs its builds have.
  const saying = [...fixedIn].filter(([, rpms]) => rpms.length > 0)
  const byEvent = new Map(saying.map(([id, rpms]) => [id, rpmsByName(rpms)]))
  return new Map(
    rows.map(({ original, rebuilt, eventId, key }) => [
      original,
      {
        nvr: rebuilt,
        fixedRpms: byEvent.get(eventId) ?? null,
        isOfSameAdvisory: key === event.searchKey,
      },
    ]),
  )
}

type DoneRow = { original: string; rebuilt: string; eventId: number; key: string }

async function doneInDependencies(
  em: EntityManager,
  { id, dryRun, dependsOn }: Dependent,
): Promise<DoneRow[]> {
  const sql = `
    select distinct on (b.original_nvr) b.original_nvr as original, b.rebuilt_nvr as rebuilt, e.id as "eventId", e.search_key as key
      from (select id, event_dependency_id as dependency from event_dependencies where event_id = ?
            union all select 0, ?::int) d
      join events e on e.id = d.dependency
      join artifact_builds b on b.event_id = e.id
     where ${buildIs('b', 'DONE')} and ${COUNTS}
       and b.original_nvr is not null and b.rebuilt_nvr is not null
     order by b.original_nvr, d.id, b.id`
  return em.execute<DoneRow[]>(sql, [id, dependsOn ?? null, Boolean(dryRun)])
}

/**
 * Original NVRs of directly affected builds that are DONE in any event with this search key, with the RPMs (NVRs, no
 * epoch) that these events had to put in: an advisory may get other ones before it ships.
 */
export async function rebuiltForAdvisory(
  em: EntityManager,
  { searchKey, dryRun }: { searchKey: string; dryRun?: DryRun },
): Promise<RebuiltImages> {
  const sql = `
    select b.original_nvr as nvr, array_agg(distinct e.id) as "eventIds" from artifact_builds b join events e on e.id = b.event_id
     where e.search_key = ? and ${COUNTS} and ${buildIs('b', 'DONE')} and b.rebuild_reason = ${rebuildReasonId('directly_affected')} and b.original_nvr is not null
     group by b.original_nvr`
  const rows = await em.execute<{ nvr: string; eventIds: number[] }[]>(sql, [searchKey, Boolean(dryRun)])
  const fixedIn = await fixedByEvents(em, [...new Set(rows.flatMap(({ eventIds }) => eventIds))])
  // Images of the same events share one set: each has thousands of RPMs.
  const byEvents = Map.groupBy(rows, ({ eventIds }) => eventIds.join())
  return new Map(
    [...byEvents.values()].flatMap((images) => {
      const lists = images[0]?.eventIds.map((id) => fixedIn.get(id)) ?? []
      const rpms = lists.includes(undefined) ? null : new Set(lists.flatMap((list) => list ?? []))
      return images.map(({ nvr }) => [nvr, rpms] as const)
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
