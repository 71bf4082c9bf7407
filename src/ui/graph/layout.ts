/** Places the nodes of a forest: roots at the left, what is built on them to the right, no node on another. Linear. */
import { hierarchy, tree } from 'd3-hierarchy'
import type { GraphNode } from './fold.ts'

/** A node at its place; `parent` is the index of the node on its left, null for roots. */
export type Placed = { node: GraphNode; x: number; y: number; parent: number | null }
/** A graph with its size. */
export type Layout = { nodes: Placed[]; width: number; height: number }

const ROW = 26
const COLUMN = 250
const MARGIN = 20

type Root = { node: GraphNode | null; children: readonly (GraphNode | Root)[] }

/** In pixels; parents precede the nodes on their right. */
export function layOut(roots: readonly GraphNode[]): Layout {
  const top: Root = { node: null, children: roots }
  const placed = tree<GraphNode | Root>().nodeSize([ROW, COLUMN])(
    hierarchy<GraphNode | Root>(top, ({ children }) => [...children]),
  )
  const points = placed.descendants().filter(({ depth }) => depth > 0)
  if (points.length === 0) return { nodes: [], width: 0, height: 0 }
  const indexes = new Map(points.map((point, index) => [point, index]))
  const highest = points.reduce((min, { x }) => Math.min(min, x), Number.POSITIVE_INFINITY)
  const nodes = points.flatMap((point): Placed[] => {
    const { data, depth, x } = point
    if (!('state' in data)) return [] // the root above the roots
    const parent = point.parent ? (indexes.get(point.parent) ?? null) : null
    return [{ node: data, x: MARGIN + (depth - 1) * COLUMN, y: Math.round(MARGIN + x - highest), parent }]
  })
  const width = Math.max(...columnsOf(nodes)) + COLUMN
  const height = nodes.reduce((max, { y }) => Math.max(max, y), 0) + MARGIN
  return { nodes, width, height }
}

function columnsOf(nodes: readonly Placed[]): Set<number> {
  return new Set(nodes.map(({ x }) => x))
}
