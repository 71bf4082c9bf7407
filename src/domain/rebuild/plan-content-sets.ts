/** Gives images without content sets those of another release, or of an image built on them (spec/freshmaker 7.4, 7.6). */
import { childrenIndex, topologicalOrder } from './image-graph.ts'
import { type PlanGraph, type PlanNode, type PlanStep, parentsOf, withNodes } from './plan-graph.ts'
import { groupsOf } from './plan-releases.ts'

type ContentSets = Map<string, readonly string[]>

/** An image's own sets come first, then those of the nearest lower release of its group, then those of its first child. */
export const inheritContentSets: PlanStep = (graph) => {
  const lacking = [...graph.nodes.values()].filter((node) => node.image.contentSets.length === 0)
  if (lacking.length === 0) return graph
  const found: ContentSets = new Map()
  inheritInGroups(graph, found)
  inheritFromChildren(graph, found)
  const filled = new Map<string, PlanNode>()
  for (const node of lacking) {
    const contentSets = found.get(node.image.nvr)
    if (contentSets)
      filled.set(node.image.nvr, { ...node, image: { ...node.image, contentSets: [...contentSets] } })
  }
  return withNodes(graph, filled)
}

function inheritInGroups(graph: PlanGraph, found: ContentSets): void {
  for (const group of groupsOf(graph)) {
    let nearest: readonly string[] = []
    for (const { image } of group) {
      if (image.contentSets.length > 0) nearest = image.contentSets
      else if (nearest.length > 0) found.set(image.nvr, nearest)
    }
  }
}

/** Children before their parents, so that sets travel up through several images that have none. */
function inheritFromChildren(graph: PlanGraph, found: ContentSets): void {
  const parents = parentsOf(graph)
  const order = topologicalOrder(parents)
  const rank = new Map(order.map((nvr, index) => [nvr, index]))
  const children = childrenIndex(parents)
  const setsOf = (nvr: string) => found.get(nvr) ?? graph.nodes.get(nvr)?.image.contentSets ?? []
  for (const nvr of order.toReversed()) {
    if (setsOf(nvr).length > 0) continue
    const withSets = (children.get(nvr) ?? []).filter((child) => setsOf(child).length > 0)
    const [first] = withSets.toSorted((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0))
    if (first !== undefined) found.set(nvr, setsOf(first))
  }
}
