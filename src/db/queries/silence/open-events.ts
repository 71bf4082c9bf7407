/** Measures how long the open events have made no progress, and how far they are behind their forecasts. */
import type { EntityManager } from '../../orm.ts'
import { eventIs } from '../conditions.ts'

/** The oldest open events that are looked at: the answer must not take longer the more of them there are. */
const MAX_EVENTS = 1000

/** Seconds; 0: nothing is open, or nothing is behind. */
export type OpenEventAges = { stillS: number; overdueS: number }

/**
 * The longest of each over all BUILDING events: since no task began or ended, and since the end that was expected with 90 %
 * at the first forecast after `share` of the event's work. Later forecasts move with the delay and would hide it.
 */
export async function openEventAges(em: EntityManager, now: Date, share: number): Promise<OpenEventAges> {
  const sql = `
    select coalesce(max(extract(epoch from ?::timestamptz - greatest(e.time_created, t.last))), 0)::float8 as "stillS",
           coalesce(max(greatest(0, extract(epoch from ?::timestamptz - f.p90))), 0)::float8 as "overdueS"
      from (select id, time_created from events e
             where ${eventIs('e', 'BUILDING')} and not coalesce(e.dry_run, false) order by id limit ${MAX_EVENTS}) e
      left join lateral (
        select max(greatest(t.began, t.ended)) as last
          from build_tries t join artifact_builds b on b.id = t.build_id where b.event_id = e.id) t on true
      left join lateral (
        select f.p90 from event_forecasts f where f.event_id = e.id and f.work_done >= ? order by f.at limit 1) f on true`
  const [row] = await em.execute<OpenEventAges[]>(sql, [now, now, share])
  return row ?? { stillS: 0, overdueS: 0 }
}
