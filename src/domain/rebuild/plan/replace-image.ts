/** Lets one image take the place of another in a plan: whatever was built on the one is built on the other. */
import type { Consideration } from '../consideration.ts'
import { findCycles, type Parents } from './forest.ts'
import { type PlanGraph, type PlanNode, parentsOf, withNodes, withoutNodes } from './graph.ts'

/** What takes an image's place (a node, or an image that stays as it is), and what decided so. */
export type Replacement = { to: string } & Pick<Consideration, 'rule' | 'reason' | 'details'>

/** Replacements by the NVR that is given up. */
export type Replacements = ReadonlyMap<string, Replacement>

/**
 * The graph after the replacements; each image given up is accounted for. A replacement is left out when its target is
 * given up too, or when it would make an image an ancestor of itself. Linear, but for one more round for each circle
 * that only shows once another is broken.
 */
export function replaceNodes(graph: PlanGraph, wanted: Replacements): PlanGraph {
  if (wanted.size === 0) return graph
  const sound = new Map([...wanted].filter(([nvr, { to }]) => to !== nvr && !wanted.has(to)))
  // What is no node has no parents here, so it cannot close a circle.
  const isHarmless = ![...sound.values()].some(({ to }) => graph.nodes.has(to))
  const made = isHarmless ? sound : withoutCircles(parentsOf(graph), sound)
  const moved = new Map<string, PlanNode>()
  for (const [nvr, node] of graph.nodes) {
    const parent = node.parentNvr === null ? undefined : made.get(node.parentNvr)
    if (parent && !made.has(nvr)) moved.set(nvr, { ...node, parentNvr: parent.to })
  }
  for (const [nvr, { to }] of made) {
    const heir = moved.get(to) ?? graph.nodes.get(to)
    // The heir is all that is left of an image that was found: nothing may drop it as unneeded.
    if (heir && graph.nodes.get(nvr)?.directlyAffected) moved.set(to, { ...heir, directlyAffected: true })
  }
  return withoutNodes(withNodes(graph, moved), [...made].map(accountFor))
}

function withoutCircles(parents: Parents, wanted: Replacements): Replacements {
  const made = new Map(wanted)
  for (;;) {
    const circles = findCycles(parentsAfter(parents, made))
    if (circles.length === 0) return made
    for (const nvr of circles.flat()) made.delete(parents.get(nvr) ?? '')
  }
}

function parentsAfter(parents: Parents, made: Replacements): Parents {
  const after = new Map<string, string | null>()
  for (const [nvr, parent] of parents)
    if (!made.has(nvr)) after.set(nvr, parent === null ? null : (made.get(parent)?.to ?? parent))
  return after
}

function accountFor([nvr, { to, rule, reason, details }]: [string, Replacement]): Consideration {
  return { nvr, outcome: 'not-rebuilt', rule, reason, details: { replacedBy: to, ...details } }
}
