/** Name, severity and CVEs of the advisories of events: written by discovery, read by the pages. */
import type { AdvisorySummary } from '../../../domain/rebuild/images/advisory.ts'
import { storableText } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'

/** Stores what discovery read; the last one counts, so it may run again. */
export async function writeEventAdvisory(
  em: EntityManager,
  eventId: number,
  { name, severity, cves }: AdvisorySummary,
): Promise<void> {
  const sql = `insert into event_advisories (event_id, name, severity, cves)
    values (?, ?, ?, array(select jsonb_array_elements_text(?::jsonb)))
    on conflict (event_id) do update set name = excluded.name, severity = excluded.severity, cves = excluded.cves`
  const list = JSON.stringify(cves.map(storableText))
  await em.execute(sql, [eventId, storableText(name), storableText(severity), list])
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
