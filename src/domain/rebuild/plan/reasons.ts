/** Why an image is in a plan: from the advisory over the RPM and the tag to the chain of parents it is rebuilt on. */

import { type Consideration, shortList } from '../consideration.ts'
import { type Cause, causeText } from './cause.ts'
import type { Children } from './forest.ts'
import type { PlanGraph, PlanNode } from './graph.ts'

/** Chains and lists in a reason stop here: reasons of a long chain must not grow with its square. */
const MOST_NAMED = 20

/** An ancestor in a reason; `rebuilt`: it has a build in the same plan. */
type Ancestor = { nvr: string; rebuilt: boolean }

/** The same as `reason`, for machines. */
export type RebuildDetails = Cause & {
  /** From the nearest parent upwards, ending with the first that stays as it is. */
  parents: Ancestor[]
  /** Images of the plan that are built on it; the first few. */
  neededBy: string[]
  neededByCount: number
}

/** Why one image is in the plan. */
export type RebuildReason = { reason: string; details: RebuildDetails }

/** A function that tells the reason of any node of a finished graph. */
export function reasonTeller(graph: PlanGraph, children: Children): (node: PlanNode) => RebuildReason {
  return (node) => {
    const built = [...(children.get(node.image.nvr) ?? [])].sort()
    const parents = parentChain(node, graph)
    const [parent] = parents
    const sentences = [causeText(node.cause)]
    if (!node.directlyAffected) sentences.unshift(`${shortList(built)} ${isOrAre(built)} built on it`)
    if (parent) sentences.push(`built on ${parent.rebuilt ? 'the rebuild of ' : ''}${parent.nvr}`)
    const neededBy = built.slice(0, MOST_NAMED)
    const details = { ...node.cause, parents, neededBy, neededByCount: built.length }
    return { reason: sentences.join('; '), details }
  }
}

/** What became of a node: rebuilt, or, with `failure`, wanted but impossible. */
export function accountForBuild(
  node: PlanNode,
  { reason, details }: RebuildReason,
  failure: string | null,
): Consideration {
  const { nvr } = node.image
  const rule = node.directlyAffected ? 'directly-affected' : 'dependency'
  if (failure === null) return { nvr, outcome: 'rebuild', rule, reason, details }
  const wanted = { wanted: reason, ...details }
  return { nvr, outcome: 'not-rebuilt', rule: 'cannot-be-built', reason: failure, details: wanted }
}

function parentChain(node: PlanNode, { nodes }: PlanGraph): Ancestor[] {
  const chain: Ancestor[] = []
  let nvr = node.parentNvr
  while (nvr !== null && chain.length < MOST_NAMED) {
    const parent = nodes.get(nvr)
    chain.push({ nvr, rebuilt: parent !== undefined })
    nvr = parent?.parentNvr ?? null
  }
  return chain
}

const isOrAre = (list: readonly string[]) => (list.length === 1 ? 'is' : 'are')
