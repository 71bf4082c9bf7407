/** The open builds of all events as typed arrays, in the order in which they start: what is the same in every simulation. */
import { type Experience, type Location, locateAmong, nameOnTarget } from './experience.ts'
import { numberOf } from './random.ts'

/** A build that has not ended. Times are seconds from now. */
export type OpenBuild = {
  id: number
  eventId: number
  name: string
  /** The build that must be done first; one that is not open is done. */
  dependsOn: number | null
  target: string | null
  /** Builds that are ready start in descending order of it, and then by id. */
  remainingPathS: number
  /** How long its task has run; null: it is not submitted. */
  runningS: number | null
  /** What is left of the delay before a further attempt. */
  delayS: number
  /** Including the running or next one. */
  attemptsLeft: number
}

/** Tasks that run at a time; Infinity: no limit. */
export type Capacity = { all: number; eachTarget: number }

/** Everything the simulation depends on, apart from durations. */
export type Conditions = {
  capacity: Capacity
  /** Share of the attempts (0 to 1) that fail. */
  failureShare: number
  /** Seconds before the second attempt, the third, and so on; the last counts for all that follow. */
  retryDelaysS: readonly number[]
  maxAttempts: number
  /** How far all builds of a course are slower or faster together, as a deviation of the logarithm. */
  sharedDeviation: number
}

/** Indexes are ranks: the build of rank 0 starts first where several are ready. */
export type Workload = {
  builds: readonly OpenBuild[]
  children: readonly (readonly number[])[]
  /** Rank of the build that must be done first; -1: none. */
  parents: Int32Array
  targets: Int32Array
  targetCount: number
  /** `thing`: the counter for its random draws, so that other builds do not influence them. */
  locations: readonly { location: Location; thing: number }[]
  /** Index in `locations`. */
  locationOf: Int32Array
}

/** The order of `builds` does not matter. */
export function arrange(builds: readonly OpenBuild[], experience: Experience): Workload {
  const ranked = builds.toSorted((a, b) => b.remainingPathS - a.remainingPathS || a.id - b.id)
  const rankOf = new Map(ranked.map(({ id }, rank) => [id, rank]))
  const parents = Int32Array.from(ranked, ({ dependsOn }) =>
    dependsOn === null ? -1 : (rankOf.get(dependsOn) ?? -1),
  )
  cutCycles(parents)
  const children: number[][] = ranked.map(() => [])
  for (const [rank, parent] of parents.entries()) children[parent]?.push(rank)
  const targets = numberEach(ranked.map(({ target }) => target ?? ''))
  const located = locate(ranked, experience)
  return {
    builds: ranked,
    parents,
    children,
    targets: targets.of,
    targetCount: targets.keys.length,
    ...located,
  }
}

/** Plans have no cycles, but a database may: one build of each cycle starts without its parent, or the simulation would never end. */
function cutCycles(parents: Int32Array): void {
  const reachedFrom = new Int32Array(parents.length).fill(-1)
  for (const first of parents.keys()) {
    let rank = first
    for (; rank !== -1 && reachedFrom[rank] === -1; rank = parents[rank] ?? -1) reachedFrom[rank] = first
    if (reachedFrom[rank] === first) parents[rank] = -1
  }
}

/** Builds of one name share a location, one per target that has records; a name without records has one per event, among its siblings. */
function locate(builds: readonly OpenBuild[], experience: Experience) {
  const { locations: known } = experience
  const keyOf = ({ name, target, eventId }: OpenBuild) => {
    const there = nameOnTarget(name, target)
    if (known.has(there)) return there
    return known.has(name) ? name : `${name} in ${eventId}`
  }
  const { keys, of } = numberEach(builds.map(keyOf))
  const names = Map.groupBy(builds, ({ eventId }) => eventId)
  const siblings = new Map(
    [...names].map(([id, members]) => [
      id,
      locateAmong(experience, new Set(members.map(({ name }) => name))),
    ]),
  )
  const byKey = new Map(
    builds.map((build, rank) => [
      of[rank],
      known.get(keyOf(build)) ?? siblings.get(build.eventId) ?? experience.all,
    ]),
  )
  return {
    locations: keys.map((key, index) => ({
      location: byKey.get(index) ?? experience.all,
      thing: numberOf(key),
    })),
    locationOf: of,
  }
}

function numberEach(values: readonly string[]): { keys: string[]; of: Int32Array } {
  const keys = [...new Set(values)]
  const numbers = new Map(keys.map((key, index) => [key, index]))
  return { keys, of: Int32Array.from(values, (value) => numbers.get(value) ?? 0) }
}
