/** The images of a plan during planning: one node per image, and the decisions so far on images that were dropped. */

import type { Consideration } from '../consideration.ts'
import type { BuildSource, Image } from '../images/image.ts'
import { repositoryNames } from '../images/image-group.ts'
import type { PullspecOverrides } from '../submit/pullspec-overrides.ts'
import type { Cause } from './cause.ts'
import type { Parents } from './forest.ts'

/** An image that lacks the fix, with everything that planning needs to know about it. */
export type PlanNode = {
  image: Image
  /** Null when the build system could not provide it; then `error` says why. */
  source: BuildSource | null
  /** The image it is built on; need not be a node. */
  parentNvr: string | null
  /** True: it was found itself; false: it is here because an image built on it was found. */
  directlyAffected: boolean
  /** It was found in a repository that is neither beta nor a preview: earlier releases of it are dropped. */
  latestReleased: boolean
  /** Names of the repositories of its image group, sorted (behaviour/freshmaker 7.6). */
  groupRepositories: readonly string[]
  /** NVR of a published release that can replace it as a parent, because it already has the fix. */
  fixedRelease: string | null
  /** NVR of a newer release of this base image that is to replace it; need not be a node. */
  newerBase: string | null
  /** Why it cannot be built; its build is recorded as FAILED with this text. */
  error: string | null
  /** Whether it is published anywhere; null: unknown. */
  published: boolean | null
  /** Set on operator bundles alone: what is changed in it. */
  pullspecOverrides: PullspecOverrides | null
  /** Set on flatpaks alone: the modules (`name:stream:version:context`) to compose; empty: none. */
  modules?: readonly string[]
  cause: Cause
}

/** Nodes by NVR, and the decisions on images that are not nodes any more. */
export type PlanGraph = { nodes: ReadonlyMap<string, PlanNode>; considered: readonly Consideration[] }

/** One pass over the graph. Pure, linear, and independent of the order of the nodes. */
export type PlanStep = (graph: PlanGraph) => PlanGraph

/** A node from the catalogue's image record; `over` adds what is known from elsewhere. */
export function nodeOf(image: Image, cause: Cause, over: Partial<PlanNode> = {}): PlanNode {
  return {
    image,
    cause,
    source: null,
    parentNvr: image.parentBrewBuild,
    directlyAffected: false,
    latestReleased: false,
    groupRepositories: repositoryNames(image.repositories),
    fixedRelease: null,
    newerBase: null,
    error: null,
    published: image.repositories.some((repository) => repository.published),
    pullspecOverrides: null,
    ...over,
  }
}

/** One node per NVR; nodes of the same image are merged. */
export function graphOf(nodes: readonly PlanNode[]): PlanGraph {
  const byNvr = new Map<string, PlanNode>()
  for (const node of nodes) {
    const known = byNvr.get(node.image.nvr)
    byNvr.set(node.image.nvr, known ? merge(known, node) : node)
  }
  return { nodes: byNvr, considered: [] }
}

/** The graph reduced to parents, for the functions of `forest.ts`. */
export function parentsOf({ nodes }: PlanGraph): Parents {
  const parents = new Map<string, string | null>()
  for (const [nvr, node] of nodes) parents.set(nvr, node.parentNvr)
  return parents
}

/** Whether the sources of a node are known and nothing prevents its build. */
export function isBuildable(node: PlanNode): boolean {
  return node.source !== null && node.error === null
}

/** The node with one more reason why it cannot be built: all are shown, since each has to be cured before it can be. */
export function withError(node: PlanNode, error: string): PlanNode {
  if (node.error?.includes(error)) return node
  return { ...node, error: node.error === null ? error : `${node.error}; ${error}` }
}

/** The same graph with some nodes replaced. */
export function withNodes(graph: PlanGraph, replaced: ReadonlyMap<string, PlanNode>): PlanGraph {
  if (replaced.size === 0) return graph
  const nodes = new Map(graph.nodes)
  for (const [nvr, node] of replaced) nodes.set(nvr, node)
  return { ...graph, nodes }
}

/** The same graph without the nodes of `gone`, whose decisions are recorded instead. */
export function withoutNodes(graph: PlanGraph, gone: readonly Consideration[]): PlanGraph {
  if (gone.length === 0) return graph
  const nodes = new Map(graph.nodes)
  for (const { nvr } of gone) nodes.delete(nvr)
  return { nodes, considered: [...graph.considered, ...gone] }
}

/** Takes what either node knows; where they differ, the text that sorts first wins, so that their order does not matter. */
function merge(a: PlanNode, b: PlanNode): PlanNode {
  const directlyAffected = a.directlyAffected || b.directlyAffected
  const modules = a.modules ?? b.modules
  return {
    image: a.image,
    groupRepositories: a.groupRepositories,
    source: a.source ?? b.source,
    parentNvr: lesser(a.parentNvr, b.parentNvr),
    directlyAffected,
    latestReleased: a.latestReleased || b.latestReleased,
    fixedRelease: lesser(a.fixedRelease, b.fixedRelease),
    newerBase: lesser(a.newerBase, b.newerBase),
    error: lesser(a.error, b.error),
    published: a.published === null ? b.published : a.published || (b.published ?? false),
    pullspecOverrides: a.pullspecOverrides ?? b.pullspecOverrides,
    ...(modules && { modules }),
    cause: a.directlyAffected === directlyAffected ? a.cause : b.cause,
  }
}

function lesser(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return a < b ? a : b
}
