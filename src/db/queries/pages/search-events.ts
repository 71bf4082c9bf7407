/** Finds events by what people know of them: an advisory, a CVE, an image, or an NVR. */
import type { EntityManager } from '../../orm.ts'
import { buildIs } from '../conditions.ts'
import type { IdPage, Window } from '../records/select-page.ts'

/** What is searched for, and in which states; both may be empty. */
export type EventSearch = { text: string; states: readonly number[] }

/** Names that begin with the text. */
const MAX_NAMES = 20
/** Newest builds looked at for each name or NVR: an image that is rebuilt often is in thousands of events. */
const MAX_BUILDS = 500

/**
 * The first names from the text on, one step in the index for each; those that do not begin with it are dropped by `MATCHING`. In the
 * order of characters (`~<~`): by the rules of a language, others may be in between.
 */
const NAMES = `
  recursive names(name, n) as (
    (select name, 1 from artifact_builds where name ~>=~ ? order by name using ~<~ limit 1)
    union all
    select next.name, n + 1 from names cross join lateral (
      select b.name from artifact_builds b where b.name ~>~ names.name order by b.name using ~<~ limit 1) next
     where n < ${MAX_NAMES} and starts_with(names.name, ?))`

const newest = (condition: string) =>
  `(select b.event_id as id from artifact_builds b where ${condition} order by b.id desc limit ${MAX_BUILDS})`

const MATCHING = `
  select e.id from events e where e.search_key = ?
  union (select a.event_id from event_advisories a where a.cves @> array[?] order by 1 desc limit ${MAX_BUILDS})
  union (select a.event_id from event_advisories a where regexp_replace(a.name, '-[0-9]{2}$', '') = ?
          order by 1 desc limit ${MAX_BUILDS})
  union ${newest('b.original_nvr = ?')}
  union ${newest('b.rebuilt_nvr = ?')}
  union select found.id from names cross join lateral ${newest('b.name = names.name')} found where starts_with(names.name, ?)`

/** One page of the events that match, newest first; `total` counts those that were looked at. */
export async function searchEvents(
  em: EntityManager,
  { text, states }: EventSearch,
  { offset, limit }: Window,
): Promise<IdPage> {
  if (text.includes('\0')) return { ids: [], total: 0 }
  const ofState =
    states.length > 0 ? 'join events e on e.id = m.id where e.state in (?)' : 'where m.id is not null'
  const sql = `with ${NAMES}, matching as (${MATCHING})
    select m.id, count(*) over () as total from matching m ${ofState} order by m.id desc limit ? offset ?`
  const values = [
    text,
    text,
    text,
    text.toUpperCase(),
    text.toUpperCase().replace(/-\d{2}$/, ''), // the revision of an advisory
    text,
    text,
    text,
    ...(states.length > 0 ? [states] : []),
    limit,
    offset,
  ]
  const rows = await em.execute<{ id: number; total: string }[]>(sql, values)
  return { ids: rows.map(({ id }) => id), total: Number(rows[0]?.total ?? 0) }
}

/** What work of these events waits for, by event; null: for a verification. */
export async function waitsOfEvents(
  em: EntityManager,
  eventIds: readonly number[],
): Promise<Map<number, (string | null)[]>> {
  if (eventIds.length === 0) return new Map()
  const sql = `select distinct event_id as "eventId", service from waits where event_id in (?) order by service`
  const rows = await em.execute<{ eventId: number; service: string | null }[]>(sql, [[...eventIds]])
  return new Map(
    [...Map.groupBy(rows, ({ eventId }) => eventId)].map(([id, waits]) => [
      id,
      waits.map(({ service }) => service),
    ]),
  )
}

/** The first failed image of each of these events with the reason, by event. */
export async function firstFailures(
  em: EntityManager,
  eventIds: readonly number[],
): Promise<Map<number, { nvr: string; reason: string | null }>> {
  if (eventIds.length === 0) return new Map()
  const sql = `select e.id as "eventId", f.nvr, f.reason from events e cross join lateral (
      select coalesce(b.original_nvr, b.name) as nvr, b.state_reason as reason from artifact_builds b
       where b.event_id = e.id and ${buildIs('b', 'FAILED')} order by b.id limit 1) f where e.id in (?)`
  const rows = await em.execute<{ eventId: number; nvr: string; reason: string | null }[]>(sql, [
    [...eventIds],
  ])
  return new Map(rows.map(({ eventId, nvr, reason }) => [eventId, { nvr, reason }]))
}
