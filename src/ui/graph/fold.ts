/** Folds the forest of an event's builds until it can be read: alike images under one parent become one node. */
import { findCycles } from '../../domain/rebuild/plan/forest.ts'
import type { BuildState } from '../../domain/rebuild/states.ts'

/** What the graph needs of a build. */
export type GraphBuild = {
  id: number
  name: string
  originalNvr: string | null
  state: BuildState
  parentId: number | null
}

/** A node: one image, or several of one state with all that is built on them (`build` null). */
export type GraphNode = {
  build: GraphBuild | null
  state: BuildState
  /** Images that it stands for. */
  count: number
  children: GraphNode[]
}

/** Fewer alike images than this are shown one by one. */
const WORTH_FOLDING = 4

/** All builds, each below its parent; a cycle, which only broken rows have, is cut at one of its members. Linear. */
export function growForest(builds: readonly GraphBuild[]): GraphNode[] {
  const nodes = new Map(
    builds.map((build): [number, GraphNode] => [
      build.id,
      { build, state: build.state, count: 1, children: [] },
    ]),
  )
  const parents = new Map(
    builds.map(({ id, parentId }) => [String(id), parentId === null ? null : String(parentId)]),
  )
  const cuts = new Set(findCycles(parents).map(([first]) => first))
  const roots: GraphNode[] = []
  for (const { id, parentId } of builds) {
    const node = nodes.get(id)
    const parent = parentId === null || cuts.has(String(id)) ? undefined : nodes.get(parentId)
    if (node) (parent?.children ?? roots).push(node)
  }
  return roots
}

/**
 * The same forest with at most about `max` nodes. Subtrees of one state are folded, those with several states are opened from
 * the roots on as long as there is room, so that what differs stays visible, and with it the builds in `critical`. Linear.
 */
export function foldForest(
  roots: readonly GraphNode[],
  max: number,
  critical: ReadonlySet<number> = new Set(),
): GraphNode[] {
  const uniform = uniformStates(roots, critical)
  const copies = new Map<GraphNode, GraphNode>()
  let room = max
  const show = (nodes: readonly GraphNode[]): { shown: GraphNode[]; open: GraphNode[] } => {
    const shown: GraphNode[] = []
    const open: GraphNode[] = []
    for (const [state, alike] of Map.groupBy(nodes, (node) => uniform.get(node)?.state)) {
      const isAlike = state !== undefined
      if (isAlike && alike.length >= WORTH_FOLDING) shown.push(folded(alike, state, uniform))
      else if (room >= alike.length) {
        for (const node of alike) {
          const copy = { ...node, children: [] }
          shown.push(copy)
          if (node.children.length > 0) open.push(node)
          copies.set(node, copy)
        }
      } else
        for (const [each, group] of Map.groupBy(alike, ({ state: own }) => own))
          shown.push(folded(group, each, uniform))
    }
    room -= shown.length
    return { shown, open }
  }
  const first = show(roots)
  const queue = first.open
  for (let next = 0; next < queue.length; next += 1) {
    const node = queue[next]
    const copy = node && copies.get(node)
    if (!node || !copy) continue
    const { shown, open } = show(node.children)
    copy.children.push(...shown)
    queue.push(...open)
  }
  return first.shown
}

type Subtree = { state: BuildState | undefined; size: number }

/** The state that a whole subtree has, undefined: it has several, or is critical; and its size. */
function uniformStates(roots: readonly GraphNode[], critical: ReadonlySet<number>): Map<GraphNode, Subtree> {
  const order = [...roots]
  for (let next = 0; next < order.length; next += 1)
    for (const child of order[next]?.children ?? []) order.push(child)
  const found = new Map<GraphNode, Subtree>()
  for (const node of order.toReversed()) {
    const children = node.children.map((child) => found.get(child))
    const isCritical = node.build !== null && critical.has(node.build.id)
    const isUniform = !isCritical && children.every((child) => child?.state === node.state)
    const size = children.reduce((sum, child) => sum + (child?.size ?? 0), node.count)
    found.set(node, { state: isUniform ? node.state : undefined, size })
  }
  return found
}

function folded(
  nodes: readonly GraphNode[],
  state: BuildState,
  sizes: ReadonlyMap<GraphNode, Subtree>,
): GraphNode {
  const count = nodes.reduce((sum, node) => sum + (sizes.get(node)?.size ?? 1), 0)
  return { build: null, state, count, children: [] }
}
