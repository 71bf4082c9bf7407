/** Stores when events are expected to end, and measures how right that was when they have ended. */
import type { Context } from '../../context.ts'
import { writeCurrentForecasts } from '../../db/queries/forecast/current-forecasts.ts'
import {
  eventsToForecast,
  forecastAfter,
  storeForecasts,
} from '../../db/queries/forecast/stored-forecasts.ts'
import { forecastBuilds } from './forecast-builds.ts'

/** The share of an event's work after which the accuracy of its forecast is measured: before, hardly anything about it is known. */
export const SHARE_DONE = 0.1

/** Stores forecasts at most once a minute for each event; in its history only those that have changed or are measured. Safe to repeat. */
export async function recordForecasts(ctx: Context): Promise<void> {
  const due = new Set(await eventsToForecast(ctx.db.fork(), ctx.now()))
  if (due.size === 0) return
  const { at, parallelism, forecast } = await forecastBuilds(ctx)
  const forecasts = [...forecast.events]
    .filter(([eventId]) => due.has(eventId))
    .map(([eventId, { p50S, p90S, workS }]) => ({
      eventId,
      workS,
      p50: later(at, p50S),
      p90: later(at, p90S),
    }))
  const whole = forecasts.map(({ eventId }) => ({
    eventId,
    event: forecast.events.get(eventId),
    builds: forecast.buildsOf(eventId),
  }))
  await writeCurrentForecasts(ctx.db.fork(), whole, { at, parallelism })
  await storeForecasts(ctx.db.fork(), forecasts, { now: at, share: SHARE_DONE })
}

/** Call it once, when the event has ended by itself: the error is the share of the time that was left at the forecast. */
export async function measureForecast(ctx: Context, eventId: number): Promise<void> {
  const stored = await forecastAfter(ctx.db.fork(), eventId, SHARE_DONE)
  if (!stored) return
  const left = stored.ended.getTime() - stored.at.getTime()
  const error = Math.abs(stored.p50.getTime() - stored.ended.getTime()) / left
  ctx.metrics.forecastError(error)
  ctx.log.info({ event: eventId, at: stored.at, expected: stored.p50, error }, 'forecast measured')
}

/** The time that many seconds later, rounded to whole seconds, which forecasts are shown in. */
function later(at: Date, seconds: number): Date {
  return new Date(1000 * Math.round(at.getTime() / 1000 + seconds))
}
