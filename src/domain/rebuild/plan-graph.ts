/** The images of a plan while it is made: one node for each image, and what has been decided about others so far. */
import type { Consideration } from './consideration.ts'
import type { BuildSource, Image } from './image.ts'
import type { Parents } from './image-graph.ts'

/** An image that was found to need a rebuild. */
export type PlanNode = {
  image: Image
  /** Null when the build system could not tell; then `error` says why. */
  source: BuildSource | null
  /** The image it is built on, whether that is a node or not. */
  parentNvr: string | null
  /** It was found itself; otherwise it is here because something built on it was. */
  directlyAffected: boolean
  /** Why it cannot be built; it is recorded as FAILED with this text. */
  error: string | null
  /** Whether it is published anywhere; null: unknown. */
  published: boolean | null
  /** Sentence that says what made it part of the plan. */
  why: string
}

/** Nodes by NVR, and the decisions on images that are no longer nodes. */
export type PlanGraph = { nodes: ReadonlyMap<string, PlanNode>; considered: readonly Consideration[] }

/** One pass over the graph. Pure, linear, and its result does not depend on the order of the nodes. */
export type PlanStep = (graph: PlanGraph) => PlanGraph

/** One node for each NVR; records of the same image are united. */
export function graphOf(nodes: readonly PlanNode[]): PlanGraph {
  const byNvr = new Map<string, PlanNode>()
  for (const node of nodes) {
    const known = byNvr.get(node.image.nvr)
    byNvr.set(node.image.nvr, known ? unite(known, node) : node)
  }
  return { nodes: byNvr, considered: [] }
}

/** The graph as plain parents, for the functions of `image-graph.ts`. */
export function parentsOf({ nodes }: PlanGraph): Parents {
  return new Map([...nodes].map(([nvr, node]) => [nvr, node.parentNvr]))
}

/** The same graph with some nodes replaced. */
export function withNodes(graph: PlanGraph, replaced: ReadonlyMap<string, PlanNode>): PlanGraph {
  return replaced.size === 0 ? graph : { ...graph, nodes: new Map([...graph.nodes, ...replaced]) }
}

/** The same graph without some nodes, which are accounted for instead. */
export function withoutNodes(graph: PlanGraph, gone: readonly Consideration[]): PlanGraph {
  if (gone.length === 0) return graph
  const nodes = new Map(graph.nodes)
  for (const { nvr } of gone) nodes.delete(nvr)
  return { nodes, considered: [...graph.considered, ...gone] }
}

/** Takes what either knows; where both know something else the lesser text wins, so that order does not matter. */
function unite(a: PlanNode, b: PlanNode): PlanNode {
  const found = a.directlyAffected ? a : b
  return {
    image: a.image,
    source: a.source ?? b.source,
    parentNvr: lesser(a.parentNvr, b.parentNvr),
    directlyAffected: a.directlyAffected || b.directlyAffected,
    error: lesser(a.error, b.error),
    published: a.published === null ? b.published : a.published || (b.published ?? false),
    why: a.directlyAffected === b.directlyAffected ? (lesser(a.why, b.why) ?? '') : found.why,
  }
}

function lesser(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return a < b ? a : b
}
