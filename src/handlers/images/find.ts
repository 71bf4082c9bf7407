/** Discovery as a whole: from what an event looks for to the images its plan is made of (behaviour/freshmaker 7.3 to 7.5, 7.8). */
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import type { PlanNode } from '../../domain/rebuild/plan/graph.ts'
import { findAffectedImages } from './find-affected.ts'
import { findAncestors } from './find-ancestors.ts'
import { findReleases } from './find-releases.ts'
import { resolveGroups, resolveSources } from './resolve.ts'
import type { DiscoveryContext, Found, ImageSearch, Services } from './search.ts'
import { knownSources } from './sources.ts'

/**
 * Only asks, every question for all images at once; nothing is remembered beyond the event, for every answer may be
 * another one tomorrow.
 */
export async function findImages(
  ctx: DiscoveryContext,
  services: Services,
  search: ImageSearch,
): Promise<Found> {
  const sourcesOf = knownSources(ctx, services)
  const affected = await findAffectedImages(ctx, services, search)
  const family = await findAncestors(services, sourcesOf, affected.nodes, search)
  const grouped = await resolveGroups(services, family.nodes)
  const released = await findReleases(ctx, services, sourcesOf, grouped, search)
  const nodes = await resolveSources(sourcesOf, released.nodes)
  return {
    nodes,
    considered: oneForEach([...affected.considered, ...family.considered, ...released.considered], nodes),
  }
}

/** The first word on an image counts; those that became nodes are accounted for by the plan. Sorted by NVR. */
function oneForEach(considered: readonly Consideration[], nodes: readonly PlanNode[]): Consideration[] {
  const taken = new Set(nodes.map((node) => node.image.nvr))
  const first = considered.filter(({ nvr }) => !taken.has(nvr) && taken.add(nvr))
  return first.toSorted((a, b) => (a.nvr < b.nvr ? -1 : 1))
}
