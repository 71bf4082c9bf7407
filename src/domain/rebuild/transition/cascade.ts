/** Ending a build takes its planned descendants along: what cannot get its parent cannot be built (behaviour/freshmaker 1.5). */

import type { BuildState } from '../states.ts'
import { buildText } from '../texts.ts'
import type { BuildChange, BuildFacts, BuildPatch } from './facts.ts'

/** How a build ends without a result. */
export type LostState = 'FAILED' | 'CANCELED'

/** The change of one build into `to`. */
export function changeOf(
  build: BuildFacts,
  to: BuildState,
  reason: string | null,
  patch: BuildPatch = {},
): BuildChange {
  return { target: 'build', id: build.id, from: build.state, to, reason, patch }
}

/**
 * Ends `roots` without a result and their PLANNED descendants with them, each build after its own descendants. A root
 * that hangs below another root falls with it and gets that text. Finished and running builds below stay as they are.
 */
export function endWithDescendants(
  builds: readonly BuildFacts[],
  roots: readonly BuildFacts[],
  to: LostState,
  reason: string,
  patch?: BuildPatch,
): BuildChange[] {
  const children = childrenOf(builds)
  const taken = new Set<number>()
  return topmostFirst(roots).flatMap((root) => {
    if (taken.has(root.id)) return []
    taken.add(root.id)
    return [...plannedBelow(root, to, children, taken), changeOf(root, to, reason, patch)]
  })
}

function childrenOf(builds: readonly BuildFacts[]): ReadonlyMap<number, BuildFacts[]> {
  const children = new Map<number, BuildFacts[]>()
  for (const build of builds) {
    if (build.depOnId === null) continue
    const siblings = children.get(build.depOnId)
    if (siblings) siblings.push(build)
    else children.set(build.depOnId, [build])
  }
  return children
}

function topmostFirst(roots: readonly BuildFacts[]): BuildFacts[] {
  const ids = new Set(roots.map((root) => root.id))
  const isBelow = (root: BuildFacts) => root.depOnId !== null && ids.has(root.depOnId)
  return [...roots.filter((root) => !isBelow(root)), ...roots.filter(isBelow)]
}

/** No recursion: chains may be thousands deep. Each build is visited once, so a cycle ends too. */
function plannedBelow(
  root: BuildFacts,
  to: LostState,
  children: ReadonlyMap<number, BuildFacts[]>,
  taken: Set<number>,
): BuildChange[] {
  const parentsFirst: BuildChange[] = []
  const open = [root]
  for (let current = open.pop(); current; current = open.pop()) {
    for (const child of children.get(current.id) ?? []) {
      if (child.state !== 'PLANNED' || taken.has(child.id)) continue
      taken.add(child.id)
      parentsFirst.push(changeOf(child, to, buildText.dependencyEnded))
      open.push(child)
    }
  }
  return parentsFirst.reverse()
}
