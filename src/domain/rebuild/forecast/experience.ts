/** Learns from recorded durations: how long a build of a name usually takes, how certain that is, and how far single builds differ. */
import { quantile, shareOf } from './quantiles.ts'
import { normal, uniform } from './random.ts'

/** Seconds of finished builds by name, the newest first. */
export type History = ReadonlyMap<string, readonly number[]>

/**
 * Where the durations of a name lie, in statistical terms their location, as logarithms of seconds: around `center` with the
 * standard error `error`; or, for a name without records, anywhere among the sorted `siblings`.
 */
export type Location = { center: number; error: number } | { siblings: Float64Array }

/** `spread`: logarithms of the ratio of single builds to what is usual for their name, sorted. */
export type Experience = { spread: Float64Array; locations: ReadonlyMap<string, Location>; all: Location }

/** Assumed while nothing was ever measured; the same guess orders builds. */
const FIRST_GUESS_S = 600
/** The spread that is assumed until there are enough names with two records: one in six takes 1.5 times as long. */
const FIRST_SPREAD = Float64Array.from([-0.8, -0.4, -0.2, -0.1, 0, 0.1, 0.2, 0.4, 0.8])
const MIN_RATIOS = 30
/** At least this deviation between names; with less, a single record of a name would have no weight. */
const MIN_BETWEEN = 0.2
/** The deviation of one name between targets. */
const BETWEEN_TARGETS = 0.2
/** The error of a median is that of a mean, times this. */
const ERROR_OF_MEDIAN = 1.25
/** The part of a normal distribution within one deviation. */
const [ONE_BELOW, ONE_ABOVE] = [0.16, 0.84]

/** The key of a name on one target; names have no blanks. */
export const nameOnTarget = (name: string, target: string | null): string => `${name} ${target ?? ''}`

/**
 * Estimates from few records are drawn towards those of the other names, because a single record may be an exception; estimates
 * of a name on one target are drawn towards the name, and have the key `nameOnTarget` in `locations`.
 */
export function learn(history: History, onTargets: History = new Map()): Experience {
  const logs = new Map([...history].filter(([, s]) => s.length > 0).map(([name, s]) => [name, sortedLogs(s)]))
  const spread = ratiosOf([...logs.values()])
  const medians = Float64Array.from([...logs.values()], (sorted) => quantile(sorted, 0.5)).sort()
  const within = deviation(spread)
  const between = Math.max(MIN_BETWEEN, deviation(medians))
  const usual = quantile(medians, 0.5)
  const locate = (sorted: Float64Array, towards: number, distance: number) => {
    const certainty = sorted.length / (ERROR_OF_MEDIAN * within) ** 2
    const doubt = 1 / distance ** 2
    const center = (certainty * quantile(sorted, 0.5) + doubt * towards) / (certainty + doubt)
    return { center, error: 1 / Math.sqrt(certainty + doubt) }
  }
  const byName = new Map([...logs].map(([name, sorted]) => [name, locate(sorted, usual, between)]))
  const byTarget = [...onTargets].flatMap(([key, seconds]): [string, Location][] => {
    const ofName = byName.get(key.slice(0, key.indexOf(' ')))
    return ofName && seconds.length > 0
      ? [[key, locate(sortedLogs(seconds), ofName.center, BETWEEN_TARGETS)]]
      : []
  })
  const siblings = medians.length > 0 ? medians : Float64Array.of(Math.log(FIRST_GUESS_S))
  return { spread, locations: new Map<string, Location>([...byName, ...byTarget]), all: { siblings } }
}

/** The location assumed for a name without records: among those of `names` that have records, or else among all. */
export function locateAmong(experience: Experience, names: Iterable<string>): Location {
  const centers = [...names].flatMap((name) => {
    const location = experience.locations.get(name)
    return location && 'center' in location ? [location.center] : []
  })
  return centers.length > 0 ? { siblings: Float64Array.from(centers).sort() } : experience.all
}

/** The usual duration of a build with this location, in seconds. */
export function usualSeconds(location: Location): number {
  return Math.exp('center' in location ? location.center : quantile(location.siblings, 0.5))
}

/**
 * The usual durations in whole seconds of everything that has records, by name and by `nameOnTarget`; `medianDurationS`: the duration
 * assumed for those of `names` that have none.
 */
export function usualDurations(
  experience: Experience,
  names: Iterable<string>,
): { durations: Map<string, number>; medianDurationS: number } {
  const seconds = (location: Location) => Math.max(1, Math.round(usualSeconds(location)))
  return {
    durations: new Map([...experience.locations].map(([key, location]) => [key, seconds(location)])),
    medianDurationS: seconds(locateAmong(experience, names)),
  }
}

/** Draws one possible value of the location for one simulation (a logarithm of seconds); `thing` identifies the name. */
export function drawLocation(location: Location, seed: number, thing: number): number {
  if ('siblings' in location) return quantile(location.siblings, uniform(seed, thing, 0))
  return location.center + location.error * normal(seed, thing, 0)
}

/** Seconds of a build at a drawn location; `share` (0 to 1): how slow it is among all builds. */
export function secondsAt({ spread }: Experience, location: number, share: number): number {
  return Math.exp(location + quantile(spread, share))
}

/**
 * Total seconds of a build that has run for `elapsedS` and not ended, so only longer durations are possible. Once it has outlasted
 * every record, the expected rest grows with the time it has run.
 */
export function secondsBeyond(
  experience: Experience,
  location: number,
  share: number,
  elapsedS: number,
): number {
  if (elapsedS <= 0) return secondsAt(experience, location, share)
  const passed = shareOf(experience.spread, Math.log(elapsedS) - location)
  if (passed >= 1) return elapsedS * (1 - 0.5 * Math.log(1 - share))
  return Math.max(elapsedS, secondsAt(experience, location, passed + (1 - passed) * share))
}

/** The median of few values lies close to each of them, so their ratios to it are stretched to what many values would give. */
function ratiosOf(names: readonly Float64Array[]): Float64Array {
  const ratios = names.flatMap((sorted) => {
    if (sorted.length < 2) return []
    const median = quantile(sorted, 0.5)
    const stretch = Math.sqrt(sorted.length / (sorted.length - 1))
    return Array.from(sorted, (value) => (value - median) * stretch)
  })
  return ratios.length < MIN_RATIOS ? FIRST_SPREAD : Float64Array.from(ratios).sort()
}

function sortedLogs(seconds: readonly number[]): Float64Array {
  return Float64Array.from(seconds, (value) => Math.log(Math.max(1, value))).sort()
}

/** The standard deviation, estimated from the middle part so that outliers do not count; never 0. */
function deviation(sorted: Float64Array): number {
  const width = quantile(sorted, ONE_ABOVE) - quantile(sorted, ONE_BELOW)
  return Math.max(0.01, width / 2 || 0)
}
