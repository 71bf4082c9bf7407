/** Gives images without content sets those of another release or of an image built on them (behaviour/freshmaker 7.4, 7.6). */
import { type PlanGraph, type PlanNode, type PlanStep, withNodes } from './graph.ts'
import { groupsOf } from './merge-releases.ts'

type ContentSets = Map<string, readonly string[]>

/** An image keeps its own sets, or else takes those of the nearest lower release of its group, or else of its first child. */
export const inheritContentSets: PlanStep = (graph) => {
  const lacking = [...graph.nodes.values()].filter((node) => node.image.contentSets.length === 0)
  if (lacking.length === 0) return graph
  const found: ContentSets = new Map()
  inheritInGroups(graph, found)
  inheritFromChildren(lacking, graph, found)
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

/** Processes an image after all its children, so that sets also pass through several images that have none. */
function inheritFromChildren(lacking: readonly PlanNode[], graph: PlanGraph, found: ContentSets): void {
  const children = new Map(
    lacking.filter(({ image }) => !found.has(image.nvr)).map(({ image }) => [image.nvr, [] as string[]]),
  )
  const unsettled = new Map<string, number>()
  for (const [nvr, { parentNvr }] of graph.nodes) {
    const siblings = parentNvr === null ? undefined : children.get(parentNvr)
    if (!siblings || parentNvr === null) continue
    siblings.push(nvr)
    if (children.has(nvr)) unsettled.set(parentNvr, (unsettled.get(parentNvr) ?? 0) + 1)
  }
  const settled = [...children.keys()].filter((nvr) => !unsettled.has(nvr))
  const setsOf = (nvr: string) => found.get(nvr) ?? graph.nodes.get(nvr)?.image.contentSets ?? []
  // Grows during iteration: an image is appended once the last of its children is settled.
  for (const nvr of settled) {
    const first = children
      .get(nvr)
      ?.sort()
      .find((child) => setsOf(child).length > 0)
    if (first !== undefined) found.set(nvr, setsOf(first))
    const parent = graph.nodes.get(nvr)?.parentNvr ?? ''
    const left = (unsettled.get(parent) ?? 0) - 1
    unsettled.set(parent, left)
    if (left === 0) settled.push(parent)
  }
}
