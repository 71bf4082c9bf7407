/** Ends builds together with their planned descendants, which cannot be built without their parent (behaviour/freshmaker 1.5). */

import type { BuildState } from '../states.ts'
import { buildText } from '../texts.ts'
import type { BuildChange, BuildFacts, BuildPatch, Verification } from './facts.ts'

/** The states of a build that ended without a result. */
type LostState = 'FAILED' | 'CANCELED'

/** The transition of a single build to state `to`. */
export function changeOf(
  build: BuildFacts,
  to: BuildState,
  reason: string | null,
  patch: BuildPatch = {},
): BuildChange {
  return { target: 'build', id: build.id, from: build.state, to, reason, patch }
}

/** The transition to DONE; `seconds` is how long the task took, as far as the build system reports it. */
export function doneChange(
  build: BuildFacts,
  { note }: Extract<Verification, { ok: true }>,
  seconds: number | undefined,
): BuildChange {
  const patch = { ...(note && { note }), ...(seconds !== undefined && { seconds }) }
  return changeOf(build, 'DONE', buildText.done, patch)
}

/**
 * Ends `roots` without a result and their PLANNED descendants with them, each build after its own descendants. A root
 * that depends on another root ends as its descendant, with that text. Finished and running descendants do not change.
 */
export function endWithDescendants(
  builds: readonly BuildFacts[],
  roots: readonly BuildFacts[],
  { to, reason, patch }: { to: LostState; reason: string; patch?: BuildPatch },
): BuildChange[] {
  const children = Map.groupBy(builds, ({ depOnId }) => depOnId)
  const taken = new Set<number>()
  return topmostFirst(roots).flatMap((root) => {
    if (taken.has(root.id)) return []
    taken.add(root.id)
    return [...plannedBelow(root, to, children, taken), changeOf(root, to, reason, patch)]
  })
}

function topmostFirst(roots: readonly BuildFacts[]): BuildFacts[] {
  const ids = new Set(roots.map((root) => root.id))
  const isBelow = (root: BuildFacts) => root.depOnId !== null && ids.has(root.depOnId)
  return [...roots.filter((root) => !isBelow(root)), ...roots.filter(isBelow)]
}

/** Iterative, because chains may be thousands of builds deep. Visits each build once, so it also ends on a cycle. */
function plannedBelow(
  root: BuildFacts,
  to: LostState,
  children: ReadonlyMap<number | null, readonly BuildFacts[]>,
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
