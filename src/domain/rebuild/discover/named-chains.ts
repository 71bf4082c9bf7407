/** Reduces requested images and all their ancestors to the requested ones and what lies between them (behaviour/freshmaker 6.6). */
import type { Consideration } from '../consideration.ts'
import { graphOf, type PlanGraph, type PlanNode, type PlanStep, withoutNodes } from '../plan/graph.ts'
import { mergeReleases } from '../plan/merge-releases.ts'
import { failCycles } from '../plan/passes.ts'

/** `rebuilt`: NVRs that the events this one depends on have built. */
export type ChainRules = { rebuilt: ReadonlySet<string>; releasedOnly: boolean }

/**
 * Releases of one image are merged first, so that a requested image is built on the requested release of its parent.
 * The sources of all nodes have to be known: what cannot be built replaces nothing. Pure and linear.
 */
export function chainsOfRequested(
  nodes: readonly PlanNode[],
  { rebuilt, releasedOnly }: ChainRules,
): { nodes: PlanNode[]; considered: readonly Consideration[] } {
  const steps = [failCycles, mergeReleases(releasedOnly), cutAboveRequested, dropBuilt(rebuilt)]
  const graph = steps.reduce((done, step) => step(done), graphOf(nodes))
  return { nodes: [...graph.nodes.values()], considered: graph.considered }
}

/** Whether the image was requested, by the name of its package. */
function isRequested({ cause }: PlanNode): boolean {
  return cause.requested
}

/** Drops images that were not requested, and are not built on a requested one either: rebuilding them changes nothing. */
const cutAboveRequested: PlanStep = (graph) => {
  const kept = createRequestedTest(graph)
  return withoutNodes(graph, [...graph.nodes.keys()].filter((nvr) => !kept(nvr)).map(builtOnUnchanged))
}

/** Drops builds of earlier events that are published by now; what is built on them stays so. */
function dropBuilt(rebuilt: ReadonlySet<string>): PlanStep {
  return (graph) =>
    withoutNodes(graph, [...graph.nodes.keys()].filter((nvr) => rebuilt.has(nvr)).map(builtBefore))
}

/** Returns a test for images that are requested or have a requested ancestor; visits each node once overall. */
function createRequestedTest({ nodes }: PlanGraph): (nvr: string) => boolean {
  const known = new Map<string, boolean>()
  return (start) => {
    const path: string[] = []
    let node = nodes.get(start)
    while (node && !isRequested(node) && !known.has(node.image.nvr)) {
      known.set(node.image.nvr, false) // ends the walk in a cycle
      path.push(node.image.nvr)
      node = node.parentNvr === null ? undefined : nodes.get(node.parentNvr)
    }
    const answer = node ? isRequested(node) || (known.get(node.image.nvr) ?? false) : false
    for (const nvr of path) known.set(nvr, answer)
    return answer
  }
}

function builtOnUnchanged(nvr: string): Consideration {
  const reason = 'requested images are built on it, but neither it nor an image it is built on was requested'
  return { nvr, outcome: 'not-rebuilt', rule: 'above-requested', reason }
}

function builtBefore(nvr: string): Consideration {
  const reason = 'an event that this one depends on has built it'
  return { nvr, outcome: 'not-rebuilt', rule: 'reused', reason }
}
