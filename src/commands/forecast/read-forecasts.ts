/** Serves forecasts to readers: the one that the poll has stored, or else one simulation for all readers, in short steps. */
import type { Context } from '../../context.ts'
import { type CurrentForecast, readCurrentForecast } from '../../db/queries/forecast/current-forecasts.ts'
import { type ForecastNow, forecastBuilds } from './forecast-builds.ts'

/** The poll stores one each minute; without one for this long, no worker is running or the event has just begun. */
const FRESH_MS = 180_000
/** How long a simulation made for one reader serves other readers. */
const SHARED_MS = 15_000

/** Reads the forecast of an event. `hasEnded`: none of its builds is open any more, so its last forecast does not count. */
export type ReadForecast = (event: { id: number; hasEnded: boolean }) => Promise<CurrentForecast>

const NOTHING_OPEN = { parallelism: null, event: undefined, builds: { builds: [], criticalPath: [] } }

/**
 * Simulates only where no fresh forecast is stored: once for all readers of all events at a time, and without holding up other
 * requests, since the simulation gives way after each of its courses.
 */
export function createForecastReader(ctx: Context): ReadForecast {
  let last: { from: number; simulation: Promise<ForecastNow> } | undefined

  function simulateOnce(): Promise<ForecastNow> {
    const now = ctx.now().getTime()
    if (last && Math.abs(now - last.from) < SHARED_MS) return last.simulation
    const made = { from: now, simulation: forecastBuilds(ctx) }
    made.simulation.catch(() => {
      if (last === made) last = undefined
    })
    last = made
    return made.simulation
  }

  return async ({ id: eventId, hasEnded }) => {
    if (hasEnded) return { at: ctx.now(), ...NOTHING_OPEN }
    const stored = await readCurrentForecast(ctx.db.fork(), eventId, new Date(ctx.now().getTime() - FRESH_MS))
    if (stored) return stored
    const { at, parallelism, forecast } = await simulateOnce()
    return { at, parallelism, event: forecast.events.get(eventId), builds: forecast.buildsOf(eventId) }
  }
}
