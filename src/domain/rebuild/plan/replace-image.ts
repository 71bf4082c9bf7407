/** Replaces images in a plan by others: what was built on the replaced image is built on its replacement. */
import type { Consideration } from '../consideration.ts'
import { findCycles, type Parents } from './forest.ts'
import { type PlanGraph, type PlanNode, parentsOf, withNodes, withoutNodes } from './graph.ts'

/** The replacement of an image (a node, or an image that is not rebuilt), and the rule that decided it. */
export type NodeReplacement = { to: string } & Pick<Consideration, 'rule' | 'reason' | 'details'>

/** Replacements by the NVR of the replaced image. */
export type NodeReplacements = ReadonlyMap<string, NodeReplacement>

/**
 * Applies the replacements; each replaced image is recorded with its reason. A replacement is skipped when its target is
 * itself replaced, or when it would make an image its own ancestor. Linear, plus one more round for each cycle that only
 * appears once another is broken.
 */
export function replaceNodes(graph: PlanGraph, wanted: NodeReplacements): PlanGraph {
  if (wanted.size === 0) return graph
  const valid = new Map([...wanted].filter(([, { to }]) => !wanted.has(to)))
  // A target that is not a node has no parents here, so it cannot close a cycle.
  const mayCloseCycle = [...valid.values()].some(({ to }) => graph.nodes.has(to))
  const made = mayCloseCycle ? withoutCycles(parentsOf(graph), valid) : valid
  const moved = new Map<string, PlanNode>()
  for (const [nvr, node] of graph.nodes) {
    const parent = node.parentNvr === null ? undefined : made.get(node.parentNvr)
    if (parent && !made.has(nvr)) moved.set(nvr, { ...node, parentNvr: parent.to })
  }
  for (const [nvr, { to }] of made) {
    const target = moved.get(to) ?? graph.nodes.get(to)
    // The target now stands for an image that was found: no later pass may drop it as unneeded.
    if (target && graph.nodes.get(nvr)?.directlyAffected) moved.set(to, { ...target, directlyAffected: true })
  }
  return withoutNodes(withNodes(graph, moved), [...made].map(accountFor))
}

function withoutCycles(parents: Parents, wanted: NodeReplacements): NodeReplacements {
  const made = new Map(wanted)
  for (;;) {
    const cycles = findCycles(parentsAfter(parents, made))
    if (cycles.length === 0) return made
    for (const nvr of cycles.flat()) made.delete(parents.get(nvr) ?? '')
  }
}

function parentsAfter(parents: Parents, made: NodeReplacements): Parents {
  const after = new Map<string, string | null>()
  for (const [nvr, parent] of parents)
    if (!made.has(nvr)) after.set(nvr, parent === null ? null : (made.get(parent)?.to ?? parent))
  return after
}

function accountFor([nvr, { to, rule, reason, details }]: [string, NodeReplacement]): Consideration {
  return { nvr, outcome: 'not-rebuilt', rule, reason, details: { replacedBy: to, ...details } }
}
