/** The shortest time in which a set of builds can be done by any schedule. */
import { remainingPath, topologicalOrder } from '../../src/domain/rebuild/plan/forest.ts'

/** A build by its image; `parent` is the image it waits for. */
export type BuildTime = { image: string; parent: string | null; ms: number }

/** No schedule is shorter than the longest chain of builds, or than all work divided evenly among the builders. */
export function lowerBoundMs(
  builds: readonly BuildTime[],
  builders: number,
): { criticalPathMs: number; sharedWorkMs: number; boundMs: number } {
  const parents = new Map(builds.map(({ image, parent }) => [image, parent]))
  const times = new Map(builds.map(({ image, ms }) => [image, ms]))
  const paths = remainingPath(topologicalOrder(parents), parents, (image) => times.get(image) ?? 0)
  const criticalPathMs = Math.max(...paths.values())
  const sharedWorkMs = builds.reduce((sum, { ms }) => sum + ms, 0) / builders
  return { criticalPathMs, sharedWorkMs, boundMs: Math.max(criticalPathMs, sharedWorkMs) }
}
