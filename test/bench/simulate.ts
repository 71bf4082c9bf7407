/** Simple ways to run the same plan, played through in imagined time: what the service's order is measured against. */
import type { BuildTime } from './lower-bound.ts'

type Running = { image: string; endsAt: number }

/** Milliseconds until all is built when builders take what became ready first. */
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

/** Milliseconds when a level begins only after the whole level before it has ended, as batches do. */
export function levelByLevelMs(builds: readonly BuildTime[], builders: number): number {
  const depth = new Map<string, number>()
  const parents = new Map(builds.map((build) => [build.image, build.parent]))
  const depthOf = (image: string): number => {
    const known = depth.get(image)
    if (known !== undefined) return known
    const parent = parents.get(image)
    const own = parent && parents.has(parent) ? depthOf(parent) + 1 : 0
    depth.set(image, own)
    return own
  }
  const levels = Map.groupBy(builds, (build) => depthOf(build.image))
  const alone = (level: readonly BuildTime[]) => level.map((build) => ({ ...build, parent: null }))
  return [...levels.values()].reduce((sum, level) => sum + firstComeFirstServedMs(alone(level), builders), 0)
}
