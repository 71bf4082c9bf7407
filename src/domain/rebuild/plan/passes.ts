/** The passes of planning, each making one decision for the whole graph (behaviour/freshmaker 7.8, 7.9); `plan.ts` has the order. */
import type { Consideration } from '../consideration.ts'
import { type EarlierRebuild, lacksRpms } from '../images/earlier-rebuild.ts'
import { imageText } from '../texts.ts'
import { neededRpms } from './cause.ts'
import { childrenIndex, findCycles, topologicalOrder } from './forest.ts'
import {
  type PlanGraph,
  type PlanNode,
  type PlanStep,
  parentsOf,
  withError,
  withNodes,
  withoutNodes,
} from './graph.ts'

/**
 * Uses the rebuilds of earlier events: such an image is not built again, and its children are built on that rebuild. One that
 * lacks an RPM of `fixedRpms`, those of this event, is built again with all that were built on it: they would have the older RPM.
 * `earlier`: by original NVR, the DONE builds of events this one depends on.
 */
export function reuseRebuilt(
  earlier: ReadonlyMap<string, EarlierRebuild>,
  fixedRpms: readonly string[],
): PlanStep {
  return (graph) => {
    const outdated = outdatedRebuilds(graph, earlier, fixedRpms)
    const rebuilt = new Map(
      [...earlier].flatMap(([nvr, rebuild]) => (outdated.has(nvr) ? [] : [[nvr, rebuild.nvr] as const])),
    )
    const gone: Consideration[] = []
    const moved = new Map<string, PlanNode>()
    for (const [nvr, node] of graph.nodes) {
      const rebuiltNvr = rebuilt.get(nvr)
      if (rebuiltNvr !== undefined) gone.push(reused(nvr, rebuiltNvr))
      const rebuiltParent = node.parentNvr === null ? undefined : rebuilt.get(node.parentNvr)
      if (rebuiltParent !== undefined) moved.set(nvr, { ...node, parentNvr: rebuiltParent })
    }
    return withoutNodes(withNodes(graph, moved), gone)
  }
}

/** Drops ancestors that no affected image is built on any more: nothing needs their rebuild. */
export const keepNeeded: PlanStep = (graph) => {
  const needed = new Set<string>()
  for (const node of graph.nodes.values()) {
    if (!node.directlyAffected) continue
    let current: PlanNode | undefined = node
    while (current && !needed.has(current.image.nvr)) {
      needed.add(current.image.nvr)
      current = current.parentNvr === null ? undefined : graph.nodes.get(current.parentNvr)
    }
  }
  const gone = [...graph.nodes.keys()].filter((nvr) => !needed.has(nvr)).map(unneeded)
  return withoutNodes(graph, gone)
}

/** Images whose chain of parents leads back to themselves cannot be built: they fail with the cycle as the reason. */
export const failCycles: PlanStep = (graph) => {
  const failed = new Map<string, PlanNode>()
  for (const cycle of findCycles(parentsOf(graph))) {
    for (const nvr of cycle) {
      const node = graph.nodes.get(nvr)
      const error = imageText.parentCycle([...cycle, cycle[0] ?? nvr])
      if (node) failed.set(nvr, { ...withError(node, error), parentNvr: null })
    }
  }
  return withNodes(graph, failed)
}

/** Images without an error but with unknown sources cannot be built either. */
export const failUnresolved: PlanStep = (graph) => {
  const failed = new Map<string, PlanNode>()
  for (const [nvr, node] of graph.nodes) {
    if (node.source !== null || node.error !== null) continue
    failed.set(nvr, { ...node, error: imageText.notResolved(`the sources of ${nvr} are not known`) })
  }
  return withNodes(graph, failed)
}

/** Fails every image, for a reason that they have in common; null: there is none, so nothing changes. */
export function failAll(error: string | null): PlanStep {
  return (graph) => {
    if (error === null) return graph
    const nodes = [...graph.nodes].map(
      ([nvr, node]) => [nvr, { ...node, error: node.error ?? error }] as const,
    )
    return withNodes(graph, new Map(nodes))
  }
}

/** NVRs of the nodes whose earlier rebuild lacks an RPM, or is built on one that does. */
function outdatedRebuilds(
  graph: PlanGraph,
  earlier: ReadonlyMap<string, EarlierRebuild>,
  fixedRpms: readonly string[],
): ReadonlySet<string> {
  const outdated = new Set<string>()
  const parents = parentsOf(graph)
  for (const nvr of topologicalOrder(parents, childrenIndex(parents))) {
    const node = graph.nodes.get(nvr)
    const rebuild = earlier.get(nvr)
    if (!node || !rebuild) continue
    const isOnOutdated = node.parentNvr !== null && outdated.has(node.parentNvr)
    if (isOnOutdated || lacksRpms(rebuild, neededRpms(node.cause, fixedRpms))) outdated.add(nvr)
  }
  return outdated
}

function reused(nvr: string, rebuiltNvr: string): Consideration {
  const reason = `an event that this one depends on has already rebuilt it as ${rebuiltNvr}`
  return { nvr, outcome: 'not-rebuilt', rule: 'reused', reason, details: { rebuiltNvr } }
}

function unneeded(nvr: string): Consideration {
  const reason = 'no image built on it is rebuilt'
  return { nvr, outcome: 'not-rebuilt', rule: 'unneeded-ancestor', reason }
}
