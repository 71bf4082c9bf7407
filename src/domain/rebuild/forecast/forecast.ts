/** Forecasts when open builds will be done, from the quantiles of many simulated courses. Pure: clock and seed are arguments. */
import { type History, learn } from './experience.ts'
import { quantile } from './quantiles.ts'
import { type Course, simulate } from './simulate.ts'
import { arrange, type Conditions, type OpenBuild, type Workload } from './workload.ts'

/** When half and nine tenths of the courses have reached the end of an event, in seconds from now; `workS`: the mean of the work left. */
export type EventForecast = { p50S: number; p90S: number; workS: number }

/** Medians, in seconds from now (negative for the start of a running build). Null: no course reached it. */
export type BuildForecast = { id: number; name: string; startS: number | null; endS: number | null }

/** The builds of one event in the order of their starts, and its critical path: the chain that ends last. */
export type BuildForecasts = { builds: BuildForecast[]; criticalPath: BuildForecast[] }

/** Every event with open builds, and on request the builds of one. */
export type Forecast = {
  events: ReadonlyMap<number, EventForecast>
  buildsOf(eventId: number): BuildForecasts
}

/** `onTargets`: durations by name and target, as far as they are known (`nameOnTarget`). */
type Input = {
  builds: readonly OpenBuild[]
  history: History
  onTargets?: History
  conditions: Conditions
  seed: number
}

const MAX_SAMPLES = 400
const MIN_SAMPLES = 30
/** Builds simulated in all courses together, which bounds the time to a fraction of a second. */
const MAX_SIMULATED = 300_000
/** The load of the build system is not in the records; with it, nine of ten events end by P90 (docs/bench.md). */
export const SHARED_DEVIATION = 0.06
const PROBABLE = 0.5
const SURE = 0.9

/** The events compete for the same builders, so `builds` must hold the open builds of all events. */
export function forecast(input: Input): Forecast {
  const steps = forecastInSteps(input)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** The same with a pause after each simulated course, for a caller that has other things to do in between. */
export function* forecastInSteps({
  builds,
  history,
  onTargets,
  conditions,
  seed,
}: Input): Generator<void, Forecast> {
  const experience = learn(history, onTargets)
  const workload = arrange(builds, experience)
  const samples = Math.max(MIN_SAMPLES, Math.min(MAX_SAMPLES, Math.floor(MAX_SIMULATED / builds.length)))
  const courses: Course[] = []
  for (let sample = 1; sample <= samples && builds.length > 0; sample += 1) {
    courses.push(simulate(workload, experience, conditions, seed + Math.imul(sample, 0x9e3779b1)))
    yield
  }
  const ranks = [...workload.builds.keys()]
  const byEvent = Map.groupBy(ranks, (rank) => workload.builds[rank]?.eventId ?? 0)
  const events = [...byEvent].map(([id, members]) => [id, forecastEvent(courses, members)] as const)
  return {
    events: new Map(events),
    buildsOf: (eventId) => forecastBuilds(workload, courses, byEvent.get(eventId) ?? []),
  }
}

function forecastEvent(courses: readonly Course[], ranks: readonly number[]): EventForecast {
  const ends = Float64Array.from(courses, ({ ends }) =>
    ranks.reduce((last, rank) => Math.max(last, ends[rank] || 0), 0),
  ).sort()
  const workS = courses.reduce(
    (sum, { work }) => sum + ranks.reduce((s, rank) => s + (work[rank] ?? 0), 0),
    0,
  )
  return { p50S: quantile(ends, PROBABLE), p90S: quantile(ends, SURE), workS: workS / courses.length }
}

function forecastBuilds({ builds, parents }: Workload, courses: readonly Course[], ranks: readonly number[]) {
  const forecasts = new Map(
    ranks.map((rank) => [
      rank,
      {
        id: builds[rank]?.id ?? 0,
        name: builds[rank]?.name ?? '',
        startS: medianOf(courses.map(({ starts }) => starts[rank] ?? Number.NaN)),
        endS: medianOf(courses.map(({ ends }) => ends[rank] ?? Number.NaN)),
      },
    ]),
  )
  const chain: BuildForecast[] = []
  const ordered = [...forecasts].toSorted(([, a], [, b]) => (b.endS ?? 0) - (a.endS ?? 0) || a.id - b.id)
  for (let rank = ordered[0]?.[0] ?? -1; rank >= 0; rank = parents[rank] ?? -1) {
    const build = forecasts.get(rank)
    if (build) chain.unshift(build)
  }
  const byStart = (a: BuildForecast, b: BuildForecast) =>
    (a.startS ?? Infinity) - (b.startS ?? Infinity) || a.id - b.id
  return { builds: [...forecasts.values()].toSorted(byStart), criticalPath: chain }
}

function medianOf(values: readonly number[]): number | null {
  const reached = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort()
  return reached.length > 0 ? quantile(reached, PROBABLE) : null
}
