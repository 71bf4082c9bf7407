/** The critical path of a plan: the chain of builds that determines the minimum duration. */
import type { PlannedBuild } from './plan.ts'

type Build = Pick<PlannedBuild, 'originalNvr' | 'depOn' | 'remainingPathS'>

/** Expected seconds of each build by NVR: its remaining path minus that of its slowest dependant. */
export function expectedSeconds(builds: readonly Build[]): ReadonlyMap<string, number> {
  const slowest = slowestDependants(builds)
  return new Map(
    builds.map((build) => [
      build.originalNvr,
      build.remainingPathS - (slowest.get(build.originalNvr)?.remainingPathS ?? 0),
    ]),
  )
}

/** The longest chain in build order; empty for an empty plan. Among equal chains the first in the plan's order. */
export function criticalPath(builds: readonly Build[]): { nvrs: string[]; seconds: number } {
  const slowest = slowestDependants(builds)
  const nvrs: string[] = []
  const first = longest(builds) // a parent, which precedes its dependants, has no shorter path than they
  for (let build = first; build; build = slowest.get(build.originalNvr)) nvrs.push(build.originalNvr)
  return { nvrs, seconds: first?.remainingPathS ?? 0 }
}

function slowestDependants(builds: readonly Build[]): Map<string, Build> {
  const slowest = new Map<string, Build>()
  for (const build of builds) {
    if (build.depOn === null) continue
    const known = slowest.get(build.depOn)
    if (!known || build.remainingPathS > known.remainingPathS) slowest.set(build.depOn, build)
  }
  return slowest
}

function longest(builds: readonly Build[]): Build | undefined {
  return builds.reduce<Build | undefined>(
    (max, build) => (max && max.remainingPathS >= build.remainingPathS ? max : build),
    undefined,
  )
}
