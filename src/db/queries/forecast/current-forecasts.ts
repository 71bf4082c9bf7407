/** The last forecast of each event with all its builds, as the poll stores it for those who read it. */
import type { BuildForecasts, EventForecast } from '../../../domain/rebuild/forecast/forecast.ts'
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'

/** As it was simulated at `at`. `event` is undefined when nothing of it was open. */
export type CurrentForecast = {
  at: Date
  parallelism: number | null
  event: EventForecast | undefined
  builds: BuildForecasts
}

/** Stores them in place of older ones, in one order for all processes that do so at the same time; safe to repeat. */
export async function writeCurrentForecasts(
  em: EntityManager,
  forecasts: readonly (Omit<CurrentForecast, 'at' | 'parallelism'> & { eventId: number })[],
  { at, parallelism }: Pick<CurrentForecast, 'at' | 'parallelism'>,
): Promise<void> {
  const sql = `
    insert into current_forecasts (event_id, at, parallelism, forecast)
    select n."eventId", ?, ?, n.forecast from jsonb_to_recordset(?::jsonb) as n("eventId" int, forecast jsonb)
      join events e on e.id = n."eventId" order by e.id
    on conflict (event_id) do update
      set at = excluded.at, parallelism = excluded.parallelism, forecast = excluded.forecast`
  const rows = forecasts.map(({ eventId, ...forecast }) => ({ eventId, forecast }))
  if (rows.length > 0) await em.execute(sql, [at, parallelism, storableJson(rows)])
}

/** The stored forecast of an event that was made at `since` or later. */
export async function readCurrentForecast(
  em: EntityManager,
  eventId: number,
  since: Date,
): Promise<CurrentForecast | undefined> {
  const sql = 'select at, parallelism, forecast from current_forecasts where event_id = ? and at >= ?'
  type Row = {
    at: string
    parallelism: number | null
    forecast: Pick<CurrentForecast, 'event' | 'builds'> // as it was written
  }
  const [row] = await em.execute<Row[]>(sql, [eventId, since])
  return row && { at: new Date(row.at), parallelism: row.parallelism, ...row.forecast }
}
