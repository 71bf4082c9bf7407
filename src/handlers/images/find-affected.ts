/** Finds the images that contain RPMs older than the fixed ones; the rest is returned with reasons (behaviour/freshmaker 7.3). */

import { amount } from '../../domain/amount.ts'
import { type Consideration, shortList } from '../../domain/rebuild/consideration.ts'
import {
  dropHotfixes,
  dropOtherContentSets,
  dropRebuilt,
  filterImages,
} from '../../domain/rebuild/discover/image-filter.ts'
import {
  dropUnoffered,
  findOffer,
  indexRepositories,
  isPreview,
  type Offer,
  type RepositoryIndex,
} from '../../domain/rebuild/discover/repository-filter.ts'
import { rpmFilters, whenOffersReadable } from '../../domain/rebuild/discover/rpm-filter.ts'
import { olderRpms, wantedRpms } from '../../domain/rebuild/images/affected-rpms.ts'
import { type Image, withArchesOf } from '../../domain/rebuild/images/image.ts'
import { nodeOf, type PlanNode } from '../../domain/rebuild/plan/graph.ts'
import { findRequestedImages } from './find-requested.ts'
import { keepAllowed } from './keep-allowed.ts'
import type { DiscoveryContext, Found, ImageSearch, Services } from './search.ts'

/** Makes a few bulk queries to the catalogue and filters the results with pure functions. */
export async function findAffectedImages(
  ctx: DiscoveryContext,
  services: Services,
  search: ImageSearch,
): Promise<Found> {
  const { unpublished_exceptions: exceptions, image_build_repository_registries: registries } =
    ctx.settings.file
  const { published, releaseCategories, requested, fixed } = search
  if (fixed.size === 0)
    return nothing(search, ['no-rpms', 'the advisory lists no RPMs that images could lack'])
  const { repositories, unreadable } = await services.pyxis.findRepositories({
    published,
    releaseCategories,
    exceptions,
  })
  const index = indexRepositories(repositories, {
    published,
    releaseCategories,
    unpublishedExceptions: exceptions,
  })
  const optedIn = [...index.values()].flatMap(({ repository, verdict }) => (verdict.kept ? [repository] : []))
  if (optedIn.length === 0) return nothing(search, NO_REPOSITORY, unreadable)
  if (requested.length > 0) return findRequestedImages(services, search)
  const found = await services.pyxis.imagesWithRpms({
    repositories: optedIn,
    contentSets: search.contentSets ?? [],
    rpmNames: [...fixed.keys()],
    published,
    exceptions,
  })
  if (found.images.length + found.withoutBuild.length === 0) {
    const places = amount(optedIn.length, 'repository', 'repositories')
    const reason = `the catalogue lists no image with ${shortList(fixed.keys())} in ${places} with automatic rebuilds`
    return nothing(search, ['no-image', reason], unreadable)
  }
  const buildRegistries = new Set(registries)
  const judged = judgeImages(found.images, search, index, buildRegistries)
  ctx.log.info(
    { repositories: optedIn.length, considered: found.images.length, affected: judged.kept.length },
    'found affected images',
  )
  const nodes = (await withAllArches(services, judged.kept)).map((image) =>
    foundNode(image, search, findOffer(image, index, buildRegistries)),
  )
  return { nodes, considered: [...unreadable, ...found.withoutBuild, ...judged.considered] }
}

/**
 * The search returns the architectures that have one of the RPMs; the others count for composes and content sets. Images of
 * which it returned several, and as many as of any other, are taken to be whole, since nearly all are.
 */
async function withAllArches({ pyxis }: Services, images: readonly Image[]): Promise<Image[]> {
  const max = Math.max(2, ...images.map(({ arches }) => arches.length))
  const nvrs = images.filter(({ arches }) => arches.length < max).map(({ nvr }) => nvr)
  const whole = nvrs.length > 0 ? (await pyxis.imagesByNvrs(nvrs, { rpmNames: null })).images : []
  const byNvr = new Map(whole.map((image) => [image.nvr, image]))
  return images.map((image) => {
    const found = byNvr.get(image.nvr)
    return found ? withArchesOf(image, found) : image
  })
}

const NO_REPOSITORY = [
  'auto-rebuild-tag',
  'no repository of the catalogue takes part in automatic rebuilds',
] as const

/** Why no image was found: the reason of each requested one, else of the search itself, which is named by its advisory. */
function nothing(
  { advisory, requested }: ImageSearch,
  [rule, reason]: readonly [rule: string, reason: string],
  unreadable: readonly Consideration[] = [],
): Found {
  const named = requested.length > 0 ? requested : [`${advisory} (images)`]
  const considered = named.map((nvr) => ({ nvr, outcome: 'not-rebuilt', rule, reason }) as const)
  return { nodes: [], considered: [...unreadable, ...considered] }
}

function judgeImages(
  images: Image[],
  search: ImageSearch,
  index: RepositoryIndex,
  buildRegistries: ReadonlySet<string>,
): { kept: Image[]; considered: Consideration[] } {
  const offerOf = (image: Image) => findOffer(image, index, buildRegistries)
  const affected = filterImages(images, [
    whenOffersReadable(dropUnoffered(index, buildRegistries)),
    ...rpmFilters(search.fixed),
    whenOffersReadable(dropOtherContentSets(search.contentSets)),
    dropHotfixes,
  ])
  const allowed = keepAllowed(affected.kept, search, (image) => offerOf(image)?.repository ?? null)
  const fresh = filterImages(allowed.kept, [
    dropRebuilt(search.alreadyRebuilt, (image: Image) => wantedRpms(search.fixed, image)),
  ])
  return {
    kept: fresh.kept,
    considered: [...affected.considered, ...allowed.considered, ...fresh.considered],
  }
}

function foundNode(image: Image, { fixed, advisory }: ImageSearch, offer: Offer | null): PlanNode {
  const rpms = olderRpms(fixed, image.rpms ?? [])
  const place = offer && { registry: offer.registry, repository: offer.repository, tag: offer.tag }
  const cause = { advisory, rpms, offer: place, requested: false }
  return nodeOf(image, cause, { directlyAffected: true, latestReleased: offer !== null && !isPreview(offer) })
}
