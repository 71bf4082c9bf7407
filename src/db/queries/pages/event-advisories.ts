/** Name, severity and CVEs of the advisories of events: written by discovery and by the sweep, read by the pages. */
import { ADVISORY_TYPES } from '../../../domain/event-subject.ts'
import type { AdvisorySummary, ReadAdvisory } from '../../../domain/rebuild/images/advisory.ts'
import { MAX_INTEGER, storableText } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'
import { eventIs } from '../conditions.ts'

/** SQL that is true when the search key of the event `e` is the id of an advisory. */
const HAS_ADVISORY = `e.event_type_id in (${ADVISORY_TYPES.join(', ')})`

/** Stores what discovery read; the last one counts, so it may run again. */
export async function writeEventAdvisory(
  em: EntityManager,
  eventId: number,
  { name, severity, cves, shippedAt }: ReadAdvisory,
): Promise<void> {
  const sql = `insert into event_advisories (event_id, name, severity, cves, shipped_at)
    values (?, ?, ?, array(select jsonb_array_elements_text(?::jsonb)), ?)
    on conflict (event_id) do update
      set name = excluded.name, severity = excluded.severity, cves = excluded.cves, shipped_at = excluded.shipped_at`
  const list = JSON.stringify(cves.map(storableText))
  await em.execute(sql, [eventId, storableText(name), storableText(severity), list, shippedAt])
}

/** Gives an event that resumes another the advisory of that one, which it does not fetch again. */
export async function copyEventAdvisory(em: EntityManager, from: number, to: number): Promise<void> {
  const sql = `insert into event_advisories (event_id, name, severity, cves, shipped_at)
    select ?::int, name, severity, cves, shipped_at from event_advisories where event_id = ? on conflict do nothing`
  await em.execute(sql, [to, from])
}

/** An advisory of which nothing is stored for some event; `newestEvent` is the newest of these events. */
type UnreadAdvisory = { id: number; newestEvent: number }

/**
 * Advisories of which nothing is stored for an event, as of imported ones; those of the newest events first. `before`: only those
 * all of whose events without one have lower ids; null: all.
 */
export async function unreadAdvisories(
  em: EntityManager,
  { limit, before }: { limit: number; before: number | null },
): Promise<UnreadAdvisory[]> {
  const sql = `
    select search_key::int as id, max(e.id) as "newestEvent" from events e
     where search_key ~ '^[1-9][0-9]{0,8}$' and ${HAS_ADVISORY} and not ${eventIs('e', 'INITIALIZED')}
       and not exists (select 1 from event_advisories a where a.event_id = e.id)
     group by 1 having max(e.id) < coalesce(?::int, ${MAX_INTEGER}) order by 2 desc limit ?`
  return em.execute<UnreadAdvisory[]>(sql, [before, limit])
}

/** Stores an advisory for all events about it that have none; safe to repeat, also at the same time. */
export async function writeAdvisoryOfAll(
  em: EntityManager,
  advisoryId: number,
  { name, severity, cves, shippedAt }: ReadAdvisory,
): Promise<void> {
  const sql = `insert into event_advisories (event_id, name, severity, cves, shipped_at)
    select e.id, ?, ?, array(select jsonb_array_elements_text(?::jsonb)), ? from events e where e.search_key = ? and ${HAS_ADVISORY}
     order by e.id on conflict do nothing`
  const list = JSON.stringify(cves.map(storableText))
  await em.execute(sql, [storableText(name), storableText(severity), list, shippedAt, String(advisoryId)])
}

/** The advisories of these events by event; those that discovery has not read are left out. */
export async function eventAdvisories(
  em: EntityManager,
  eventIds: readonly number[],
): Promise<Map<number, AdvisorySummary>> {
  if (eventIds.length === 0) return new Map()
  const sql = 'select event_id as "eventId", name, severity, cves from event_advisories where event_id in (?)'
  const rows = await em.execute<(AdvisorySummary & { eventId: number })[]>(sql, [[...eventIds]])
  return new Map(rows.map(({ eventId, ...advisory }) => [eventId, advisory]))
}
