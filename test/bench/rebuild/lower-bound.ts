/** The shortest time in which a set of builds can be done by any schedule. */
import { remainingPath, topologicalOrder } from '../../../src/domain/rebuild/plan/forest.ts'

/** A build by its image; `parent` is the image it waits for. */
export type BuildTime = { image: string; parent: string | null; ms: number }

/** `simpleMs` takes no account of builders that have nothing to do before the first parents have ended; `boundMs` does. */
export type LowerBound = { criticalPathMs: number; sharedWorkMs: number; simpleMs: number; boundMs: number }

/**
 * No schedule is shorter than the longest chain of builds, than all work divided evenly among the builders, or, from any
 * moment on, than what can at best be left by then divided likewise: nothing runs before its parents could have ended.
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

/** With a builder for each build. */
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

/** At each start or end in that schedule: the time until then, and the work that even it has not done, shared by all. */
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
