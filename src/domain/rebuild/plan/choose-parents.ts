/** Avoids rebuilds of ancestors: a published release with the fix, or a newer base image, replaces them (7.8). */
import type { PlanGraph, PlanStep } from './graph.ts'
import { type NodeReplacement, replaceNodes } from './replace-image.ts'

/**
 * Ancestors with a published fixed release are not rebuilt, unless they or an ancestor of theirs was found itself: that
 * rebuild must reach every image built on it (behaviour/freshmaker 7.8 step 7).
 */
export const useFixedReleases: PlanStep = (graph) => {
  const replaced = new Map<string, NodeReplacement>()
  const isAncestorOnly = ancestorTest(graph)
  for (const [nvr, { fixedRelease: to }] of graph.nodes) {
    if (to === null || !isAncestorOnly(nvr)) continue
    const reason = `${to} is published and has the fix: images are built on that release instead`
    replaced.set(nvr, { to, rule: 'fixed-release', reason })
  }
  return replaceNodes(graph, replaced)
}

/** Base images that are only ancestors are replaced by their newest release (behaviour/freshmaker 7.8 step 8). */
export const useNewerBases: PlanStep = (graph) => {
  const replaced = new Map<string, NodeReplacement>()
  for (const [nvr, { newerBase: to, directlyAffected }] of graph.nodes) {
    if (to === null || directlyAffected) continue
    const reason = `${to} is the newest published release of this base image: images are built on it instead`
    replaced.set(nvr, { to, rule: 'newer-base', reason })
  }
  return replaceNodes(graph, replaced)
}

/** Returns a test: true if neither the node nor any ancestor of it was found itself. Visits each node once overall. */
function ancestorTest({ nodes }: PlanGraph): (nvr: string) => boolean {
  const known = new Map<string, boolean>()
  return (start) => {
    const path: string[] = []
    let nvr: string | null = start
    let node = nodes.get(nvr)
    while (node && !node.directlyAffected && !known.has(node.image.nvr)) {
      path.push(node.image.nvr)
      nvr = node.parentNvr
      node = nvr === null ? undefined : nodes.get(nvr)
    }
    const answer = node ? (known.get(node.image.nvr) ?? false) : true
    for (const visited of path) known.set(visited, answer)
    return answer
  }
}
