/** Judges whether an image or the images of a repository can be rebuilt, with the text of what prevents it (behaviour/freshmaker 3.6). */
import type { CatalogueRepository, ImageRepository, RepositoryPlace } from '../images/image.ts'
import { verifyText } from '../texts.ts'

/** A record of the catalogue: one architecture of an image. */
export type ArchRecord = {
  /** Null: not a build of the build system, so the image is never rebuilt. */
  nvr: string | null
  contentSets: readonly string[]
  repositories: readonly ImageRepository[]
}

/** Which repositories take part in rebuilds. */
export type RepositoryRules = {
  releaseCategories: readonly string[]
  unpublishedExceptions: readonly RepositoryPlace[]
}

/** An image of a repository: the union of its content sets over all architectures, and the tags of the first. */
export type VerifiedImage = { contentSets: string[]; tags: string[] }

/** What prevents rebuilds of the images of a repository; null: nothing. */
export function repositoryProblem(
  repository: CatalogueRepository,
  { releaseCategories, unpublishedExceptions }: RepositoryRules,
): string | null {
  const { releaseCategories: found, published, autoRebuildTags } = repository
  if (!found.some((category) => releaseCategories.includes(category)))
    return verifyText.otherCategories(releaseCategories, found)
  if (!published && !unpublishedExceptions.some((place) => isAt(place, repository)))
    return verifyText.notPublished
  if (autoRebuildTags === null) return verifyText.tagsNotSet
  return autoRebuildTags.length === 0 ? verifyText.tagsEmpty : null
}

/** What prevents the rebuild of the first of these images that cannot be rebuilt; null: nothing. */
export function imageProblem(records: readonly ArchRecord[]): string | null {
  const bare = records.find(({ nvr, contentSets }) => nvr !== null && contentSets.length === 0)
  return bare ? verifyText.noContentSets(bare.nvr ?? '') : null
}

/** Where the first record is offered; a build registry holds copies for the builders, and has no repository record. */
export function firstPlace(
  records: readonly ArchRecord[],
  buildRegistries: readonly string[],
): RepositoryPlace | null {
  const places = records[0]?.repositories ?? []
  return places.find(({ registry }) => !buildRegistries.includes(registry)) ?? null
}

/** The content sets of all records, in the order in which they first occur. */
export function contentSetsOf(records: readonly ArchRecord[]): string[] {
  return [...new Set(records.flatMap(({ contentSets }) => contentSets))]
}

/** The images of these records by NVR, in the order in which they first occur. */
export function imagesAt(place: RepositoryPlace, records: readonly ArchRecord[]): Map<string, VerifiedImage> {
  const groups = Map.groupBy(records, ({ nvr }) => nvr)
  return new Map(
    [...groups].flatMap(([nvr, group]) => {
      if (nvr === null) return []
      const offered = group[0]?.repositories.find((candidate) => isAt(candidate, place))
      return [[nvr, { contentSets: contentSetsOf(group), tags: [...(offered?.tags ?? [])] }] as const]
    }),
  )
}

function isAt(left: RepositoryPlace, right: RepositoryPlace): boolean {
  return left.registry === right.registry && left.repository === right.repository
}
