/** Presents when an event will be done, as JSON of version 2. */
import type { MinEventRecord } from '../db/queries/records/event-rows.ts'
import type { BuildForecast, BuildForecasts, EventForecast } from '../domain/rebuild/forecast/forecast.ts'
import { type BuildState, buildStateName } from '../domain/rebuild/states.ts'
import { presentDate, presentDateOrNull } from './columns.ts'

/** `event` is undefined when nothing of it is open. */
type Parts = {
  at: Date
  parallelism: number | null
  event: EventForecast | undefined
  builds: BuildForecasts
}

/** Seconds as minutes with one decimal. */
export const minutes = (seconds: number): number => Math.round(seconds / 6) / 10

/** Instants are those of the forecast plus its seconds. `mayGoOut`: images; null: not known. */
export function presentForecast(
  { id, buildCounts }: MinEventRecord,
  { at, parallelism, event, builds }: Parts,
  mayGoOut: number | null,
) {
  const instant = (seconds: number) => new Date(at.getTime() + 1000 * seconds)
  const instantOrNull = (seconds: number | null) =>
    presentDateOrNull(seconds === null ? null : instant(seconds))
  const named = ({ id, name }: BuildForecast) => ({ build_id: id, name })
  return {
    at: presentDate(at),
    builder_minutes: minutes(event?.workS ?? 0),
    builds: builds.builds.map((build) => ({
      ...named(build),
      expected_end: instantOrNull(build.endS),
      expected_start: instantOrNull(build.startS),
    })),
    counts: presentCounts(buildCounts, mayGoOut),
    critical_path: builds.criticalPath.map(named),
    event_id: id,
    p50: event ? presentDate(instant(event.p50S)) : null,
    p90: event ? presentDate(instant(event.p90S)) : null,
    parallelism,
  }
}

/** Canceled builds count among the images alone. */
function presentCounts(buildCounts: MinEventRecord['buildCounts'], mayGoOut: number | null) {
  const count = (...states: BuildState[]) =>
    buildCounts.reduce(
      (sum, entry) => sum + (states.some((s) => s === buildStateName(entry.state)) ? entry.count : 0),
      0,
    )
  return {
    failed: count('FAILED'),
    images: buildCounts.reduce((sum, entry) => sum + entry.count, 0),
    may_go_out: mayGoOut,
    open: count('PLANNED', 'BUILD'),
    rebuilt: count('DONE'),
  }
}
