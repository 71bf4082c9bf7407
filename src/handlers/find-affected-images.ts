/** Finds the images that contain RPMs older than the fixed ones, and says of every other one why not (7.3). */
import type { Clients } from '../clients/index.ts'
import type { Context } from '../context.ts'
import { affectedReason, type FixedIndex, indexFixed, olderRpms } from '../domain/rebuild/affected-rpms.ts'
import type { AllowRules } from '../domain/rebuild/allow.ts'
import type { Consideration } from '../domain/rebuild/consideration.ts'
import type { Criteria } from '../domain/rebuild/criteria.ts'
import type { BuildSource, Image } from '../domain/rebuild/image.ts'
import {
  filterImages,
  isAllowedByRules,
  isNoHotfix,
  isNotRebuiltYet,
  sharesContentSets,
} from '../domain/rebuild/image-filter.ts'
import { newestReleases } from '../domain/rebuild/newest-release.ts'
import type { PlanNode } from '../domain/rebuild/plan-graph.ts'
import {
  findOffer,
  indexRepositories,
  isOffered,
  type RepositoryIndex,
} from '../domain/rebuild/repository-filter.ts'
import { rpmFilters } from '../domain/rebuild/rpm-filter.ts'
import { parentOf } from './parent-of.ts'

type Services = { pyxis: NonNullable<Clients['pyxis']>; koji: NonNullable<Clients['koji']> }

/** What an event looks for; null: any. */
export type ImageWish = {
  handlerName: string
  rules: AllowRules
  criteria: Criteria
  fixedRpms: string[]
  contentSets: string[]
  published: boolean | null
  releaseCategories: string[] | null
  alreadyRebuilt: ReadonlySet<string>
}

/** A few bulk queries to the catalogue and the build system; the judging in between is pure. */
export async function findAffectedImages(
  ctx: Context,
  { pyxis, koji }: Services,
  wish: ImageWish,
): Promise<{ nodes: PlanNode[]; considered: Consideration[] }> {
  const fixed = indexFixed(wish.fixedRpms)
  const { published, releaseCategories } = wish
  const exceptions = ctx.settings.file.unpublished_exceptions
  const repositories = await pyxis.findRepositories({ published, releaseCategories, exceptions })
  const index = indexRepositories(repositories, {
    published,
    releaseCategories,
    unpublishedExceptions: exceptions,
  })
  const optedIn = [...index.values()].flatMap(({ repository, verdict }) => (verdict.kept ? [repository] : []))
  if (optedIn.length === 0) return { nodes: [], considered: [] }
  const found = await pyxis.imagesWithRpms({
    repositories: optedIn,
    contentSets: wish.contentSets,
    rpmNames: [...fixed.keys()],
    published,
  })
  const judged = judgeImages(
    found.images,
    wish,
    fixed,
    index,
    new Set(ctx.settings.file.image_build_repository_registries),
  )
  const sources = await koji.buildSources(
    judged.kept.map((image) => image.nvr),
    sourceOptions(ctx),
  )
  ctx.log.info(
    { repositories: optedIn.length, looked: found.images.length, affected: judged.kept.length },
    'images found',
  )
  const nodes = judged.kept.map((image) =>
    nodeOf(image, sources.get(image.nvr), fixed, judged.offerOf(image)),
  )
  return { nodes, considered: [...found.withoutBuild, ...judged.considered] }
}

/** Settings that decide what the build system is asked about a build. */
export function sourceOptions(ctx: Context) {
  const { image_extra_repo: imageExtraRepo, supply_arch_overrides: supplyArchOverrides } = ctx.settings.file
  return { imageExtraRepo, supplyArchOverrides }
}

function judgeImages(
  images: Image[],
  wish: ImageWish,
  fixed: FixedIndex,
  index: RepositoryIndex,
  buildRegistries: ReadonlySet<string>,
) {
  const offerOf = (image: Image) => findOffer(image, index, buildRegistries)
  const { kept, considered } = filterImages(images, [
    isOffered(index, buildRegistries),
    ...rpmFilters(fixed),
    sharesContentSets(wish.contentSets),
    isNoHotfix,
    isNotRebuiltYet(wish.alreadyRebuilt),
    isAllowedByRules(
      wish.rules,
      wish.handlerName,
      wish.criteria,
      (image) => offerOf(image)?.repository ?? null,
    ),
  ])
  if (wish.published) return { kept, considered, offerOf }
  const newest = newestReleases(kept)
  return { kept: newest.kept, considered: [...considered, ...newest.considered], offerOf }
}

function nodeOf(
  image: Image,
  source: BuildSource | { error: string } | undefined,
  fixed: FixedIndex,
  offer: { repository: string; tag: string } | null,
): PlanNode {
  const older = affectedReason(olderRpms(fixed, image.rpms ?? []))
  const place = offer ? `; rebuilt automatically as ${offer.repository}:${offer.tag}` : ''
  return {
    ...parentOf(image, source),
    image,
    directlyAffected: true,
    published: isPublished(image),
    why: `${older}${place}`,
  }
}

/** Whether any repository offers it publicly. */
export function isPublished(image: Image): boolean {
  return image.repositories.some((repository) => repository.published)
}
