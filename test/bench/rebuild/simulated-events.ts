/** Simulated events: builds with heavy-tailed durations and failing tries, scheduled as the service does. */
import { normal, uniform } from '../../../src/domain/rebuild/forecast/random.ts'
import type { OpenBuild } from '../../../src/domain/rebuild/forecast/workload.ts'
import { median } from '../statistics.ts'

/** What the service knows before the event, and what really happens to each build. */
export type SimulatedEvent = {
  history: Map<string, number[]>
  /** The same with so many records of every name that only chance remains unknown. */
  completeHistory: Map<string, number[]>
  failureShare: number
  courses: BuildCourse[]
}

/** One build with its tries, in seconds from the start of the event. */
type BuildCourse = { build: OpenBuild; tries: { began: number; ended: number; failed: boolean }[] }

/** How builds behave: deviations are of logarithms, `stragglers` take several times as long. */
export type World = {
  name: string
  withinName: { min: number; max: number }
  betweenNames: number
  stragglers: { share: number; min: number; max: number }
}

/** Images whose builds always take a similar time, and images whose builds hardly do. */
export const WORLDS: readonly World[] = [
  {
    name: 'usual',
    withinName: { min: 0.1, max: 0.3 },
    betweenNames: 0.6,
    stragglers: { share: 0.01, min: 2, max: 4 },
  },
  {
    name: 'wild',
    withinName: { min: 0.15, max: 0.6 },
    betweenNames: 0.7,
    stragglers: { share: 0.02, min: 2, max: 8 },
  },
]

/** The parameters that all worlds share. */
export const SIMULATED = {
  builders: 64,
  images: { min: 300, max: 1500 },
  medianS: 600,
  records: { min: 1, max: 15 },
  unknownShare: 0.1,
  failureShare: 0.05,
  maxAttempts: 3,
  retryDelaysS: [0, 60],
} as const
const { builders, maxAttempts, retryDelaysS } = SIMULATED
const TRIES_KNOWN = 500
const COMPLETE = 60
/** Share of the images without a parent; the others are a few levels deep. */
const ROOTS = 0.15

/** Simulates an event to its end; the result depends on the seed alone. */
export function simulateEvent(world: World, seed: number): SimulatedEvent {
  let draws = 0
  const random = () => uniform(seed, 1, draws++)
  const between = ({ min, max }: { min: number; max: number }) => min + (max - min) * random()
  const count = Math.round(
    Math.exp(
      Math.log(SIMULATED.images.min) + random() * Math.log(SIMULATED.images.max / SIMULATED.images.min),
    ),
  )
  const history = new Map<string, number[]>()
  const durations: (() => number)[] = []
  const builds = Array.from({ length: count }, (_, index): OpenBuild => {
    const name = `image-${index}`
    const usual = Math.log(SIMULATED.medianS) + world.betweenNames * normal(seed, 2, 2 * index)
    const deviation = between(world.withinName)
    const duration = () => {
      const straggles = random() < world.stragglers.share
      const seconds = Math.exp(usual + deviation * normal(seed, 3, 2 * draws++))
      return seconds * (straggles ? between(world.stragglers) : 1)
    }
    durations.push(duration)
    if (random() >= SIMULATED.unknownShare)
      history.set(name, Array.from({ length: Math.round(between(SIMULATED.records)) }, duration))
    const parent =
      index === 0 || random() < ROOTS ? null : Math.floor(random() * Math.min(index, 1 + index / 3))
    return { ...PLANNED, id: index + 1, name, dependsOn: parent === null ? null : parent + 1 }
  })
  orderByHistory(builds, history)
  const known = Array.from({ length: TRIES_KNOWN }, () => random() < SIMULATED.failureShare)
  const courses = play(builds, (id) => ({
    seconds: durations[id - 1]?.() ?? 0,
    failed: random() < SIMULATED.failureShare,
  }))
  const complete = builds.map(({ name }, index): [string, number[]] => [
    name,
    Array.from({ length: COMPLETE }, () => durations[index]?.() ?? 0),
  ])
  const completeHistory = new Map(complete)
  return { history, completeHistory, failureShare: known.filter(Boolean).length / TRIES_KNOWN, courses }
}

/** The open builds after `at` seconds, as the service knows them. */
export function openAt(courses: readonly BuildCourse[], at: number): OpenBuild[] {
  return courses.flatMap(({ build, tries }) => {
    const last = tries.at(-1)
    const wasLost = tries.length === 0 && at >= lastEnd(courses)
    if (wasLost || (last && last.ended <= at && tries.every((attempt) => attempt.ended <= at))) return []
    const failed = tries.filter((attempt) => attempt.failed && attempt.ended <= at)
    const running = tries.find((attempt) => attempt.began <= at && at < attempt.ended)
    const delay =
      failed.length > 0 ? (failed.at(-1)?.ended ?? 0) + (retryDelaysS[failed.length - 1] ?? 0) - at : 0
    return {
      ...build,
      runningS: running ? at - running.began : null,
      delayS: running ? 0 : Math.max(0, delay),
      attemptsLeft: maxAttempts - failed.length,
    }
  })
}

/** When the last task ended. */
export function lastEnd(courses: readonly BuildCourse[]): number {
  return Math.max(...courses.flatMap(({ tries }) => tries.map(({ ended }) => ended)))
}

/** When this share of all the work of the event was done. */
export function whenDone(courses: readonly BuildCourse[], share: number): number {
  const tries = courses.flatMap((course) => course.tries)
  const workUntil = (at: number) =>
    tries.reduce((sum, { began, ended }) => sum + Math.max(0, Math.min(at, ended) - began), 0)
  let [low, high] = [0, lastEnd(courses)]
  const expected = share * workUntil(high)
  while (high - low > 1) {
    const middle = (low + high) / 2
    if (workUntil(middle) < expected) low = middle
    else high = middle
  }
  return high
}

const PLANNED = {
  eventId: 1,
  target: null,
  remainingPathS: 0,
  runningS: null,
  delayS: 0,
  attemptsLeft: maxAttempts,
}

/** Orders builds as planning does: by the median of the newest records of a name, or of all names. Parents precede their children. */
function orderByHistory(builds: OpenBuild[], history: ReadonlyMap<string, readonly number[]>): void {
  const all = median([...history.values()].flat())
  for (const build of builds.toReversed()) {
    const records = history.get(build.name)
    build.remainingPathS = Math.round(build.remainingPathS + (records ? median(records.slice(0, 5)) : all))
    const parent = builds[(build.dependsOn ?? 0) - 1]
    if (parent) parent.remainingPathS = Math.max(parent.remainingPathS, build.remainingPathS)
  }
}

/** Step by step, with plain lists: slow, but it has nothing in common with the simulation of the forecast. */
function play(
  builds: readonly OpenBuild[],
  nextTry: (id: number) => { seconds: number; failed: boolean },
): BuildCourse[] {
  const courses = builds.map((build): BuildCourse => ({ build, tries: [] }))
  const children = Map.groupBy(courses, ({ build }) => build.dependsOn)
  let waiting = (children.get(null) ?? []).map((course) => ({ course, from: 0 }))
  const running: BuildCourse[] = []
  let now = 0
  for (;;) {
    const ready = waiting
      .filter(({ from }) => from <= now)
      .toSorted(
        (a, b) =>
          b.course.build.remainingPathS - a.course.build.remainingPathS ||
          a.course.build.id - b.course.build.id,
      )
      .slice(0, builders - running.length)
    for (const { course } of ready) {
      const { seconds, failed } = nextTry(course.build.id)
      course.tries.push({ began: now, ended: now + seconds, failed })
      running.push(course)
    }
    waiting = waiting.filter((entry) => !ready.includes(entry))
    running.sort((a, b) => endOf(a) - endOf(b))
    const delays = waiting.filter(({ from }) => from > now).map(({ from }) => from)
    const next = Math.min(running[0] ? endOf(running[0]) : Infinity, ...delays)
    if (next === Infinity) return courses
    now = next
    while (running[0] && endOf(running[0]) <= now) {
      const course = running.shift()
      if (!course) break
      const tries = course.tries.length
      if (!course.tries.at(-1)?.failed)
        waiting.push(...(children.get(course.build.id) ?? []).map((child) => ({ course: child, from: 0 })))
      else if (tries < maxAttempts) waiting.push({ course, from: now + (retryDelaysS[tries - 1] ?? 0) })
    }
  }
}

function endOf({ tries }: BuildCourse): number {
  return tries.at(-1)?.ended ?? 0
}
