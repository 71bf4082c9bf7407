/** Forecasts as they were stored while an event ran. */
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'
import { eventIs } from '../conditions.ts'

/** `workS`: seconds of work that are left. */
export type NewForecast = { eventId: number; p50: Date; p90: Date; workS: number }

const EACH = "interval '1 minute'"

/** BUILDING events that have no forecast of the last minute. */
export async function eventsToForecast(em: EntityManager, now: Date): Promise<number[]> {
  const sql = `
    select e.id from events e
     where ${eventIs('e', 'BUILDING')} and not coalesce(e.dry_run, false)
       and not exists (select 1 from event_forecasts f where f.event_id = e.id and f.at > ?::timestamptz - ${EACH})`
  return (await em.execute<{ id: number }[]>(sql, [now])).map(({ id }) => id)
}

/**
 * Stores those that differ from the last one of their event, and the first after `share` of its work. The work done is that
 * of its attempts up to `now`.
 */
export async function storeForecasts(
  em: EntityManager,
  forecasts: readonly NewForecast[],
  { now, share }: { now: Date; share: number },
): Promise<void> {
  const sql = `
    insert into event_forecasts (event_id, at, p50, p90, work_done)
    select n."eventId", ?::timestamptz, n.p50, n.p90, s.work_done
      from jsonb_to_recordset(?::jsonb) as n("eventId" int, p50 timestamptz, p90 timestamptz, "workS" float8)
      join events e on e.id = n."eventId"
      cross join lateral (
        select coalesce(sum(extract(epoch from coalesce(t.ended, ?::timestamptz) - t.began)), 0)::float8 as spent
          from build_tries t join artifact_builds b on b.id = t.build_id where b.event_id = e.id) t
      cross join lateral (select t.spent / greatest(1, t.spent + n."workS") as work_done) s
      left join lateral (
        select p50, p90, work_done from event_forecasts f where f.event_id = e.id order by at desc limit 1) last on true
     where (last.p50, last.p90) is distinct from (n.p50, n.p90)
        or (last.work_done < ? and s.work_done >= ?)`
  if (forecasts.length > 0) await em.execute(sql, [now, storableJson(forecasts), now, share, share])
}

/** The last forecast of each of these events that has one. */
export async function lastForecasts(
  em: EntityManager,
  eventIds: readonly number[],
): Promise<Map<number, { p50: Date; p90: Date }>> {
  if (eventIds.length === 0) return new Map()
  const sql = `
    select distinct on (event_id) event_id as "eventId", p50, p90 from event_forecasts
     where event_id in (?) order by event_id, at desc`
  const rows = await em.execute<{ eventId: number; p50: string; p90: string }[]>(sql, [eventIds])
  return new Map(rows.map(({ eventId, p50, p90 }) => [eventId, { p50: new Date(p50), p90: new Date(p90) }]))
}

/** The first forecast after this share of the event's work, and when the event ended; undefined when there is none. */
export async function forecastAfter(
  em: EntityManager,
  eventId: number,
  share: number,
): Promise<{ at: Date; p50: Date; ended: Date } | undefined> {
  const sql = `
    select f.at, f.p50, e.time_done as ended from event_forecasts f join events e on e.id = f.event_id
     where f.event_id = ? and f.work_done >= ? and e.time_done > f.at order by f.at limit 1`
  const [row] = await em.execute<{ at: string; p50: string; ended: string }[]>(sql, [eventId, share])
  return row && { at: new Date(row.at), p50: new Date(row.p50), ended: new Date(row.ended) }
}
