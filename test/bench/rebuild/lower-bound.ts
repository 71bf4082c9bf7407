/** The shortest time in which a set of builds can be done by any schedule. */
import { remainingPath, topologicalOrder } from '../../../src/domain/rebuild/plan/forest.ts'

/** A build by its image; `parent` is the image it waits for. */
export type BuildTime = { image: string; parent: string | null; ms: number }

/** `simpleMs` ignores that builders are idle before the first parents have ended; `boundMs` does not. */
export type LowerBound = { criticalPathMs: number; sharedWorkMs: number; simpleMs: number; boundMs: number }

/**
 * No schedule is shorter than the longest chain of builds, or than all work divided evenly among the builders, or, for any
 * point in time, than that time plus the minimum of work left by then, divided evenly: no build can start before its parents
 * could have ended.
 */
export function lowerBoundMs(builds: readonly BuildTime[], builders: number): LowerBound {
  const parents = new Map(builds.map(({ image, parent }) => [image, parent]))
  const times = new Map(builds.map(({ image, ms }) => [image, ms]))
  const order = topologicalOrder(parents)
  const paths = remainingPath(order, parents, (image) => times.get(image) ?? 0)
  const criticalPathMs = Math.max(...paths.values())
  const sharedWorkMs = builds.reduce((sum, { ms }) => sum + ms, 0) / builders
  const simpleMs = Math.max(criticalPathMs, sharedWorkMs)
  const startsMs = earliestStarts(order, parents, times)
  const boundMs = Math.max(simpleMs, rampUpMs(startsMs, times, builders))
  return { criticalPathMs, sharedWorkMs, simpleMs, boundMs }
}

/** The start of each build in a schedule with a builder for every build. */
function earliestStarts(
  order: readonly string[],
  parents: ReadonlyMap<string, string | null>,
  times: ReadonlyMap<string, number>,
): Map<string, number> {
  const starts = new Map<string, number>()
  for (const image of order) {
    const parent = parents.get(image) ?? ''
    starts.set(image, (starts.get(parent) ?? 0) + (times.get(parent) ?? 0))
  }
  return starts
}

/** The maximum, over all starts and ends in that schedule, of the time until then plus the work left then, shared by all builders. */
function rampUpMs(
  starts: ReadonlyMap<string, number>,
  times: ReadonlyMap<string, number>,
  builders: number,
): number {
  const steps = [...starts].flatMap(([image, at]) => [
    { at, running: 1 },
    { at: at + (times.get(image) ?? 0), running: -1 },
  ])
  let left = [...times.values()].reduce((sum, ms) => sum + ms, 0)
  let now = 0
  let atOnce = 0
  let bound = 0
  for (const { at, running } of steps.sort((a, b) => a.at - b.at)) {
    left -= atOnce * (at - now)
    now = at
    atOnce += running
    bound = Math.max(bound, now + left / builders)
  }
  return bound
}
