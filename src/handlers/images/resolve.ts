/** Completes the nodes of a plan: where the images were built from, and which image group they belong to (behaviour/freshmaker 7.4, 7.6). */
import type { Image } from '../../domain/rebuild/images/image.ts'
import { groupAncestors, inheritedRepositories } from '../../domain/rebuild/images/image-group.ts'
import { type PlanNode, withError } from '../../domain/rebuild/plan/graph.ts'
import type { Found, Services } from './search.ts'
import { type ImageSource, type KnownSources, sourceOf } from './sources.ts'

/** Adds the build sources, in few requests for all nodes. An image with an unknown source gets the reason as its error. */
export async function resolveSources(
  sourcesOf: KnownSources,
  nodes: readonly PlanNode[],
): Promise<PlanNode[]> {
  const sources = await sourcesOf(nodes.map((node) => node.image.nvr))
  return nodes.map((node) => withSource(node, sourceOf(sources, node.image.nvr)))
}

/**
 * Assigns images that no repository offers to the group of the release they were made from; releases whose records cannot
 * be read are considered.
 */
export async function resolveGroups({ pyxis }: Services, nodes: readonly PlanNode[]): Promise<Found> {
  const wanted = nodes.filter(isOfferedNowhere).flatMap((node) => groupAncestors(node.image))
  if (wanted.length === 0) return { nodes: [...nodes], considered: [] }
  const found = await pyxis.imagesByNvrs(wanted, { rpmNames: null })
  const known = byNvr(found.images)
  const grouped = nodes.map((node) =>
    isOfferedNowhere(node) ? { ...node, groupRepositories: inheritedRepositories(node.image, known) } : node,
  )
  return { nodes: grouped, considered: found.withoutBuild }
}

function withSource(node: PlanNode, source: ImageSource): PlanNode {
  return 'error' in source ? withError(node, source.error) : { ...node, source }
}

function isOfferedNowhere(node: PlanNode): boolean {
  return node.groupRepositories.length === 0
}

function byNvr(images: readonly Image[]): ReadonlyMap<string, Image> {
  return new Map(images.map((image) => [image.nvr, image]))
}
