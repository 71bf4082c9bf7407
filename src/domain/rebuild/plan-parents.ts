/** Spares rebuilds of ancestors: a published release with the fix, or a newer base image, takes their place (7.8). */
import { childrenIndex } from './image-graph.ts'
import { type PlanGraph, type PlanStep, parentsOf } from './plan-graph.ts'
import { type Replacement, replaceNodes } from './plan-replace.ts'

/**
 * Ancestors of which a fixed release is published are not rebuilt. Only where nothing further up was found itself: what
 * is rebuilt up there must reach everything that stands on it (spec/freshmaker 7.8 step 7).
 */
export const useFixedReleases: PlanStep = (graph) => {
  const replaced = new Map<string, Replacement>()
  for (const nvr of ancestorsOnly(graph)) {
    const to = graph.nodes.get(nvr)?.fixedRelease
    if (!to) continue
    const reason = `${to} is published and has the fix: images are built on that release instead`
    replaced.set(nvr, { to, rule: 'fixed-release', reason })
  }
  return replaceNodes(graph, replaced)
}

/** Base images that are only ancestors give way to their newest release (spec/freshmaker 7.8 step 8). */
export const useNewerBases: PlanStep = (graph) => {
  const replaced = new Map<string, Replacement>()
  for (const [nvr, { newerBase: to, directlyAffected }] of graph.nodes) {
    if (to === null || directlyAffected) continue
    const reason = `${to} is the newest published release of this base image: images are built on that one`
    replaced.set(nvr, { to, rule: 'newer-base', reason })
  }
  return replaceNodes(graph, replaced)
}

/** Nodes that were not found themselves, and neither was any node they stand on. */
function ancestorsOnly(graph: PlanGraph): string[] {
  const parents = parentsOf(graph)
  const children = childrenIndex(parents)
  const isAncestorOnly = (nvr: string) => graph.nodes.get(nvr)?.directlyAffected === false
  const bases = [...parents].filter(([, parent]) => parent === null || !parents.has(parent))
  const reached = bases.map(([nvr]) => nvr).filter(isAncestorOnly)
  // Grows while it is walked: the children of each are looked at once.
  for (const nvr of reached)
    for (const child of children.get(nvr) ?? []) if (isAncestorOnly(child)) reached.push(child)
  return reached
}
