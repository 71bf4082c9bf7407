/** Spares rebuilds of ancestors: a published release with the fix, or a newer base image, takes their place (7.8). */
import type { PlanGraph, PlanStep } from './graph.ts'
import { type Replacement, replaceNodes } from './replace-image.ts'

/**
 * Ancestors of which a fixed release is published are not rebuilt. Only where nothing further up was found itself: what
 * is rebuilt up there must reach everything that stands on it (behaviour/freshmaker 7.8 step 7).
 */
export const useFixedReleases: PlanStep = (graph) => {
  const replaced = new Map<string, Replacement>()
  const isAncestorOnly = ancestorTest(graph)
  for (const [nvr, { fixedRelease: to }] of graph.nodes) {
    if (to === null || !isAncestorOnly(nvr)) continue
    const reason = `${to} is published and has the fix: images are built on that release instead`
    replaced.set(nvr, { to, rule: 'fixed-release', reason })
  }
  return replaceNodes(graph, replaced)
}

/** Base images that are only ancestors give way to their newest release (behaviour/freshmaker 7.8 step 8). */
export const useNewerBases: PlanStep = (graph) => {
  const replaced = new Map<string, Replacement>()
  for (const [nvr, { newerBase: to, directlyAffected }] of graph.nodes) {
    if (to === null || directlyAffected) continue
    const reason = `${to} is the newest published release of this base image: images are built on that one`
    replaced.set(nvr, { to, rule: 'newer-base', reason })
  }
  return replaceNodes(graph, replaced)
}

/** Tells of a node whether neither it nor any node it stands on was found itself; each node is walked over once. */
function ancestorTest({ nodes }: PlanGraph): (nvr: string) => boolean {
  const known = new Map<string, boolean>()
  return (start) => {
    const way: string[] = []
    let nvr: string | null = start
    let node = nodes.get(nvr)
    while (node && !node.directlyAffected && !known.has(node.image.nvr)) {
      way.push(node.image.nvr)
      nvr = node.parentNvr
      node = nvr === null ? undefined : nodes.get(nvr)
    }
    const answer = node ? (known.get(node.image.nvr) ?? false) : true
    for (const passed of way) known.set(passed, answer)
    return answer
  }
}
