/** Finds published releases that can take the place of ancestors: fixed ones, and newer base images (7.8 steps 7, 8). */
import { olderRpms } from '../domain/rebuild/affected-rpms.ts'
import type { Consideration } from '../domain/rebuild/consideration.ts'
import { chooseFixedRelease, newerReleases, type ReleaseRules } from '../domain/rebuild/fixed-release.ts'
import type { Image } from '../domain/rebuild/image.ts'
import { isNoHotfix } from '../domain/rebuild/image-filter.ts'
import { nodeOf, type PlanNode } from '../domain/rebuild/plan-graph.ts'
import type { DiscoveryContext, Found, ImageWish, Services } from './image-wish.ts'
import type { KnownSources } from './known-sources.ts'

/**
 * Asks for the releases of all ancestors at once: first which there are, then the RPMs of those that are newer.
 * @returns the same nodes, ancestors with what can take their place, and the base images that come in newly
 */
export async function findReleases(
  ctx: DiscoveryContext,
  { pyxis }: Services,
  sourcesOf: KnownSources,
  nodes: readonly PlanNode[],
  wish: ImageWish,
): Promise<Found> {
  const ancestors = nodes.filter((node) => !node.directlyAffected)
  if (ancestors.length === 0) return { nodes: [...nodes], considered: [] }
  const listed = await pyxis.publishedReleases(ancestors.map((node) => node.image))
  const newer = newerThan(ancestors, listed)
  const wanted = [...new Set(newer.values())].flat().map((image) => image.nvr)
  const releases = await pyxis.imagesByNvrs(wanted, { rpmNames: [...wish.fixed.keys()] })
  const bases = ctx.settings.file.update_base_image
    ? await basesAmong(sourcesOf, ancestors)
    : new Set<string>()
  return judgeReleases(nodes, newerThan(ancestors, releases), bases, {
    advisory: wish.advisory,
    fixed: wish.fixed,
    contentSets: wish.contentSets,
    buildRegistries: new Set(ctx.settings.file.image_build_repository_registries),
  })
}

/** Newer releases of each ancestor, newest first. */
function newerThan(
  ancestors: readonly PlanNode[],
  releases: readonly Image[],
): ReadonlyMap<string, readonly Image[]> {
  const byName = Map.groupBy(releases, (image) => image.name)
  return new Map(
    ancestors.map(({ image }) => [image.nvr, newerReleases(image, byName.get(image.name) ?? [])]),
  )
}

/** Images made from a filesystem; only the build system knows. */
async function basesAmong(sourcesOf: KnownSources, ancestors: readonly PlanNode[]): Promise<Set<string>> {
  const parentless = ancestors.filter((node) => node.parentNvr === null).map((node) => node.image.nvr)
  const sources = await sourcesOf(parentless)
  return new Set(
    parentless.filter((nvr) => {
      const source = sources.get(nvr)
      return source !== undefined && !('error' in source) && source.filesystemTaskId !== null
    }),
  )
}

function judgeReleases(
  nodes: readonly PlanNode[],
  newer: ReadonlyMap<string, readonly Image[]>,
  bases: ReadonlySet<string>,
  rules: ReleaseRules & { advisory: string },
): Found {
  const known = new Set(nodes.map((node) => node.image.nvr))
  const added = new Map<string, PlanNode>()
  const considered: Consideration[] = []
  const judged = nodes.map((node) => {
    const releases = newer.get(node.image.nvr) ?? []
    const choice = chooseFixedRelease(node.image, node.groupRepositories, releases, rules)
    considered.push(...choice.considered)
    const { fixedRelease } = choice
    const base =
      bases.has(node.image.nvr) && fixedRelease === null
        ? releases.find((release) => isNoHotfix(release).kept)
        : undefined
    if (!base) return { ...node, fixedRelease }
    const rpms = olderRpms(rules.fixed, base.rpms ?? [])
    if (rpms.length > 0 && !known.has(base.nvr)) {
      const cause = { advisory: rules.advisory, rpms, offer: null, requested: false }
      added.set(base.nvr, nodeOf(base, cause, { parentNvr: null }))
    }
    return { ...node, newerBase: base.nvr }
  })
  return { nodes: [...judged, ...added.values()], considered }
}
