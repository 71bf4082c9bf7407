/** Explains why an image is in a plan: the advisory, the RPM, the tag, and the chain of parents it is rebuilt on. */

import { type Consideration, shortList, withShortDetails } from '../consideration.ts'
import { type Cause, causeText } from './cause.ts'
import type { Children } from './forest.ts'
import type { PlanGraph, PlanNode } from './graph.ts'

/** Limit for chains and lists in a reason: otherwise the reasons of a long chain would grow quadratically in total. */
const MAX_NAMED = 20

/** An ancestor named in a reason; `rebuilt`: it has a build in the same plan. */
type Ancestor = { nvr: string; rebuilt: boolean }

/** The reason in machine-readable form. */
export type RebuildDetails = Cause & {
  /** From the nearest parent upwards, ending with the first that is not rebuilt. */
  parents: Ancestor[]
  /** The first images of the plan that are built on it. */
  neededBy: string[]
  neededByCount: number
}

/** Why one image is in the plan, for people and for programs. */
export type PlanReason = { reason: string; details: RebuildDetails }

/** Returns a function that explains any node of the finished graph. */
export function createExplainer(graph: PlanGraph, children: Children): (node: PlanNode) => PlanReason {
  return (node) => {
    const built = [...(children.get(node.image.nvr) ?? [])].sort()
    const parents = parentChain(node, graph)
    const [parent] = parents
    const sentences = [causeText(node)]
    if (!node.directlyAffected) sentences.unshift(`${shortList(built)} ${isOrAre(built)} built on it`)
    if (parent) sentences.push(`built on ${parent.rebuilt ? 'the rebuild of ' : ''}${parent.nvr}`)
    const neededBy = built.slice(0, MAX_NAMED)
    const details = { ...node.cause, parents, neededBy, neededByCount: built.length }
    return { reason: sentences.join('; '), details }
  }
}

/** The outcome for a node: rebuilt, or, with `failure`, needed but impossible to build. */
export function accountForBuild(
  node: PlanNode,
  { reason, details }: PlanReason,
  failure: string | null,
): Consideration {
  const { nvr } = node.image
  const rule = ruleOf(node)
  if (failure === null) return withShortDetails({ nvr, outcome: 'rebuild', rule, reason, details })
  const notRebuilt = { nvr, outcome: 'not-rebuilt', rule: 'cannot-be-built', reason: failure } as const
  return withShortDetails({ ...notRebuilt, details: { wanted: reason, ...details } })
}

function ruleOf({ cause, directlyAffected }: PlanNode): string {
  if ('branch' in cause) return cause.requested ? 'requested' : 'between-requested'
  return directlyAffected ? 'directly-affected' : 'dependency'
}

function parentChain(node: PlanNode, { nodes }: PlanGraph): Ancestor[] {
  const chain: Ancestor[] = []
  let nvr = node.parentNvr
  while (nvr !== null && chain.length < MAX_NAMED) {
    const parent = nodes.get(nvr)
    chain.push({ nvr, rebuilt: parent !== undefined })
    nvr = parent?.parentNvr ?? null
  }
  return chain
}

const isOrAre = (list: readonly string[]) => (list.length === 1 ? 'is' : 'are')
