/** Plays one possible course of all open builds: they start as the service submits them, take a drawn time, and may fail. */
import FlatQueue from 'flatqueue'
import { drawLocation, type Experience, secondsBeyond } from './experience.ts'
import { normal, uniform } from './random.ts'
import type { Conditions, Workload } from './workload.ts'

/** By rank, in seconds from now; NaN where the course does not reach the build, because what it is built on failed. */
export type Course = {
  starts: Float64Array
  ends: Float64Array
  /** Seconds of work from now, all attempts together. */
  work: Float64Array
}

/** Random draws of one attempt: its duration, and whether it fails. */
const DRAWS_OF_ATTEMPT = 2
/** The draw for the load that all builds share; its number is above those of all attempts. */
const SHARED_DRAW = 1000

/** Equal seeds give equal courses: each build has its own random numbers, whenever it starts. */
export function simulate(
  workload: Workload,
  experience: Experience,
  conditions: Conditions,
  seed: number,
): Course {
  const { builds, children, parents, targets, locations, locationOf } = workload
  const { capacity, failureShare, retryDelaysS, maxAttempts, sharedDeviation } = conditions
  const count = builds.length
  const course = { starts: empty(count), ends: empty(count), work: new Float64Array(count) }
  const shared = sharedDeviation * normal(seed, 0, SHARED_DRAW)
  const drawn = locations.map(({ location, thing }) => shared + drawLocation(location, seed, thing))
  const attemptsLeft = Int32Array.from(builds, (build) => build.attemptsLeft)
  const onTarget = new Int32Array(workload.targetCount)
  const isLimited = capacity.eachTarget < Infinity
  const ready = Array.from({ length: isLimited ? workload.targetCount : 1 }, () => new FlatQueue())
  const running = new FlatQueue()
  const delayed = new FlatQueue()
  let now = 0

  const begin = (rank: number, elapsedS: number) => {
    const build = builds[rank]
    const location = drawn[locationOf[rank] ?? 0] ?? 0
    const attempts = maxAttempts - (attemptsLeft[rank] ?? 1)
    const share = uniform(seed, build?.id ?? 0, attempts * DRAWS_OF_ATTEMPT)
    const seconds = secondsBeyond(experience, location, share, elapsedS) - elapsedS
    if (Number.isNaN(course.starts[rank])) course.starts[rank] = now - elapsedS
    course.work[rank] = (course.work[rank] ?? 0) + seconds
    add(onTarget, targets[rank], 1)
    running.push(rank, now + seconds)
  }
  const wait = (rank: number, delayS: number) => {
    if (delayS > 0) delayed.push(rank, now + delayS)
    else ready[isLimited ? (targets[rank] ?? 0) : 0]?.push(rank, rank)
  }
  const end = (rank: number) => {
    const build = builds[rank]
    add(onTarget, targets[rank], -1)
    course.ends[rank] = now
    const attempts = maxAttempts - (attemptsLeft[rank] ?? 1)
    if (uniform(seed, build?.id ?? 0, attempts * DRAWS_OF_ATTEMPT + 1) >= failureShare) {
      for (const child of children[rank] ?? []) wait(child, (builds[child]?.delayS ?? 0) - now)
      return
    }
    add(attemptsLeft, rank, -1)
    if ((attemptsLeft[rank] ?? 0) > 0) wait(rank, retryDelaysS[attempts] ?? retryDelaysS.at(-1) ?? 0)
  }
  const nextReady = (): FlatQueue | undefined => {
    let found: FlatQueue | undefined
    for (const [target, queue] of ready.entries()) {
      if (queue.length === 0 || (isLimited && (onTarget[target] ?? 0) >= capacity.eachTarget)) continue
      if (!found || (queue.peekValue() ?? 0) < (found.peekValue() ?? 0)) found = queue
    }
    return found
  }

  for (const [rank, build] of builds.entries()) {
    if (build.runningS !== null) begin(rank, Math.max(0, build.runningS))
    else if (parents[rank] === -1) wait(rank, build.delayS)
  }
  for (;;) {
    while (running.length < capacity.all) {
      const rank = nextReady()?.pop()
      if (rank === undefined) break
      begin(rank, 0)
    }
    const next = Math.min(running.peekValue() ?? Infinity, delayed.peekValue() ?? Infinity)
    if (next === Infinity) return course
    now = next
    if (delayed.peekValue() === next) wait(delayed.pop() ?? 0, 0)
    else end(running.pop() ?? 0)
  }
}

function empty(length: number): Float64Array {
  return new Float64Array(length).fill(Number.NaN)
}

function add(numbers: Int32Array, index: number | undefined, by: number): void {
  if (index !== undefined) numbers[index] = (numbers[index] ?? 0) + by
}
