/** The critical path of an event: the open images one on the other that take longest from now on. */
import type { BuildState } from '../../domain/rebuild/states.ts'

type OpenBuild = {
  id: number
  state: BuildState
  parentId: number | null
  /** Expected seconds of the build and of the longest chain that waits for it; null: not planned yet. */
  remainingPathS: number | null
}

const OPEN: ReadonlySet<BuildState> = new Set(['PLANNED', 'BUILD'])

/** Ids from the first image to the last; empty when nothing is open. Linear, also for broken rows with a cycle. */
export function criticalIds(builds: readonly OpenBuild[]): number[] {
  const open = builds.filter(({ state }) => OPEN.has(state))
  const ids = new Set(open.map(({ id }) => id))
  const onBuild = Map.groupBy(open, ({ parentId }) =>
    parentId !== null && ids.has(parentId) ? parentId : null,
  )
  const path = new Set<number>()
  for (
    let next = longest(onBuild.get(null));
    next && !path.has(next.id);
    next = longest(onBuild.get(next.id))
  )
    path.add(next.id)
  return [...path]
}

function longest(builds: readonly OpenBuild[] = []): OpenBuild | undefined {
  return builds.reduce<OpenBuild | undefined>(
    (found, build) => (found && (found.remainingPathS ?? 0) >= (build.remainingPathS ?? 0) ? found : build),
    undefined,
  )
}
