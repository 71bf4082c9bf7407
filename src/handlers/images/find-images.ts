/** Runs discovery: from the search of an event to the images that its plan is made of (behaviour/freshmaker 7.3 to 7.5, 7.8). */
import { type Consideration, withShortDetails } from '../../domain/rebuild/consideration.ts'
import type { PlanNode } from '../../domain/rebuild/plan/graph.ts'
import { findAffectedImages } from './find-affected.ts'
import { findAncestors, lackingTheFix } from './find-ancestors.ts'
import { findReleases } from './find-releases.ts'
import { resolveGroups, resolveSources } from './resolve.ts'
import type { DiscoveryContext, Found, ImageSearch, Services } from './search.ts'
import { knownSources } from './sources.ts'

/**
 * Sends only read requests, each for all images at once. Nothing is cached beyond the event, because the answers may
 * have changed by the next one.
 */
export async function findImages(
  ctx: DiscoveryContext,
  services: Services,
  search: ImageSearch,
): Promise<Found> {
  const sourcesOf = knownSources(ctx, services)
  const affected = await findAffectedImages(ctx, services, search)
  const family = await findAncestors(services, sourcesOf, affected.nodes, lackingTheFix(search))
  const grouped = await resolveGroups(services, family.nodes)
  const released = await findReleases(ctx, { services, sourcesOf }, grouped.nodes, search)
  const nodes = await resolveSources(sourcesOf, released.nodes)
  const considered = [affected, family, grouped, released].flatMap((found) => found.considered)
  return { nodes, considered: firstPerImage(considered, nodes) }
}

/** Keeps the first consideration of each image, sorted by NVR; the plan gives the reasons of images that became nodes. */
export function firstPerImage(
  considered: readonly Consideration[],
  nodes: readonly PlanNode[],
): Consideration[] {
  const taken = new Set(nodes.map((node) => node.image.nvr))
  const first = considered.filter(({ nvr }) => !taken.has(nvr) && taken.add(nvr))
  return first.map(withShortDetails).sort((a, b) => (a.nvr < b.nvr ? -1 : 1))
}
