/** Simulates simple schedules of the same plan, as references for the service's order. */
import type { BuildTime } from './lower-bound.ts'

type Running = { image: string; endsAt: number }

/** Milliseconds until everything is built when builders take builds in the order in which they become ready. */
export function firstComeFirstServedMs(builds: readonly BuildTime[], builders: number): number {
  const children = Map.groupBy(builds, (build) => build.parent)
  const images = new Set(builds.map((build) => build.image))
  const ready = builds.filter((build) => build.parent === null || !images.has(build.parent))
  const running: Running[] = []
  let now = 0
  while (ready.length > 0 || running.length > 0) {
    while (ready.length > 0 && running.length < builders) {
      const { image, ms } = ready.shift() ?? { image: '', ms: 0 }
      running.push({ image, endsAt: now + ms })
    }
    running.sort((a, b) => a.endsAt - b.endsAt)
    const ended = running.shift()
    if (!ended) break
    now = ended.endsAt
    ready.push(...(children.get(ended.image) ?? []))
  }
  return now
}

/** Milliseconds until everything is built when each level starts only after the whole previous level has ended, as with batches. */
export function levelByLevelMs(builds: readonly BuildTime[], builders: number): number {
  const depth = new Map<string, number>()
  const parents = new Map(builds.map((build) => [build.image, build.parent]))
  const depthOf = (image: string): number => {
    const known = depth.get(image)
    if (known !== undefined) return known
    const parent = parents.get(image)
    const computed = parent && parents.has(parent) ? depthOf(parent) + 1 : 0
    depth.set(image, computed)
    return computed
  }
  const levels = Map.groupBy(builds, (build) => depthOf(build.image))
  const alone = (level: readonly BuildTime[]) => level.map((build) => ({ ...build, parent: null }))
  return [...levels.values()].reduce((sum, level) => sum + firstComeFirstServedMs(alone(level), builders), 0)
}
