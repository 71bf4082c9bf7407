/** Finds the images of requested packages, and the chains of images between them (behaviour/freshmaker 6.6). */
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { type ChainRules, chainsOfRequested } from '../../domain/rebuild/discover/named-chains.ts'
import {
  type BuildBranch,
  type ChosenRelease,
  chooseReleases,
  openReleases,
  releasesByPackage,
} from '../../domain/rebuild/discover/named-release.ts'
import { bareImage, type Image } from '../../domain/rebuild/images/image.ts'
import { nodeOf, type PlanNode } from '../../domain/rebuild/plan/graph.ts'
import { imageText } from '../../domain/rebuild/texts.ts'
import { type AncestorRules, findAncestors } from './find-ancestors.ts'
import { firstPerImage } from './find-images.ts'
import { resolveGroups, resolveSources } from './resolve.ts'
import type { DiscoveryContext, Found, Services } from './search.ts'
import { knownSources } from './sources.ts'

/** Names of packages, and the dist-git branch that their images were built from. */
export type NamedSearch = { packages: readonly string[]; branch: string } & ChainRules

/** Releases of each package that are looked up in the first round; each further round looks up four times as many. */
const FIRST_ROUND = 4

/**
 * Sends only read requests, each for all images at once. `missing`: packages without an image from the branch; then
 * nothing else is looked up.
 */
export async function findNamedImages(
  ctx: DiscoveryContext,
  services: Services,
  search: NamedSearch,
): Promise<Found & { missing: string[] }> {
  const chosen = await chooseImages(services, search)
  if (chosen.missing.length > 0) return chosen
  const sourcesOf = knownSources(ctx, services)
  const family = await findAncestors(services, sourcesOf, chosen.nodes, everyAncestor(search))
  const grouped = await resolveGroups(services, family.nodes)
  const { nodes, considered } = chainsOfRequested(await resolveSources(sourcesOf, grouped.nodes), search)
  const all = [...considered, ...chosen.considered, ...grouped.considered]
  return { nodes, considered: firstPerImage(all, nodes), missing: [] }
}

/** The newest release of each package from the branch; the build system is queried in rounds, for all packages at once. */
async function chooseImages(
  { pyxis, koji }: Services,
  { packages, branch }: NamedSearch,
): Promise<Found & { missing: string[] }> {
  const { images, withoutBuild } = await pyxis.imagesByNames(packages)
  const byNvr = new Map(images.map((image) => [image.nvr, image]))
  const releases = releasesByPackage(packages, [...byNvr.keys(), ...withoutBuild.map(({ nvr }) => nvr)])
  const known = new Map<string, BuildBranch>()
  for (let count = FIRST_ROUND; ; count *= 4) {
    const wanted = openReleases(releases, known, branch, count)
    if (wanted.length === 0) break
    for (const [nvr, origin] of await koji.buildBranches(wanted)) known.set(nvr, origin)
  }
  const { chosen, missing, considered } = chooseReleases(releases, known, branch)
  const nodes = chosen.flatMap((release) => chosenNode(release, byNvr.get(release.nvr), branch))
  return { nodes, missing, considered: [...considered, ...unread(withoutBuild, known)] }
}

/** Records that cannot be used; one whose name could be read was judged by the build system's answer. */
function unread(
  withoutBuild: readonly Consideration[],
  known: ReadonlyMap<string, BuildBranch>,
): Consideration[] {
  return withoutBuild.filter(({ nvr }) => !known.has(nvr))
}

/** A chosen release is never replaced by one that is newer and from elsewhere. */
function chosenNode({ nvr, error }: ChosenRelease, image: Image | undefined, branch: string): PlanNode[] {
  const known = image ?? bareImage(nvr)
  const over = {
    directlyAffected: true,
    latestReleased: true,
    error: error === null ? null : imageText.notResolved(error),
  }
  return known ? [nodeOf(known, { branch, requested: true }, over)] : []
}

/** Every ancestor is followed; what is not in the catalogue is known to the build system. */
function everyAncestor({ packages, branch }: NamedSearch): AncestorRules {
  const names = new Set(packages)
  const ancestorNode = (image: Image) => nodeOf(image, { branch, requested: names.has(image.name) })
  return {
    rpmNames: null,
    judge: (images) => ({ nodes: images.map(ancestorNode), considered: [] }),
    missing: (nvr) => {
      const image = bareImage(nvr)
      return image && ancestorNode(image)
    },
  }
}
