/** Filters images by where they are offered: which repositories and which of their tags take part in rebuilds (behaviour/freshmaker 7.3). */
import { shortList } from '../consideration.ts'
import {
  type CatalogueRepository,
  type Image,
  type ImageRepository,
  placeName,
  type RepositoryPlace,
} from '../images/image.ts'
import { dropped, type FilterResult, type ImageFilter, KEPT } from './image-filter.ts'

/** Which repositories an event uses; null: any. Exceptions are used although they are not published. */
export type RepositoryScope = {
  published: boolean | null
  releaseCategories: readonly string[] | null
  unpublishedExceptions: readonly RepositoryPlace[]
}

/** Repositories by registry and name with their verdicts: a dropped repository still explains why an image is dropped. */
export type RepositoryIndex = ReadonlyMap<string, { repository: CatalogueRepository; verdict: FilterResult }>

/** The tag through which an image is rebuilt. */
export type Offer = RepositoryPlace & { tag: string; releaseCategories: readonly string[] }

/** Applies the query to each repository once. */
export function indexRepositories(
  repositories: readonly CatalogueRepository[],
  query: RepositoryScope,
): RepositoryIndex {
  return new Map(
    repositories.map((repository) => [
      placeName(repository),
      { repository, verdict: judge(repository, query) },
    ]),
  )
}

/** The first repository in which the image has a tag that is rebuilt automatically; null when there is none. */
export function findOffer(
  image: Image,
  index: RepositoryIndex,
  buildRegistries: ReadonlySet<string>,
): Offer | null {
  for (const place of image.repositories) {
    const known = index.get(placeName(place))
    if (buildRegistries.has(place.registry) || !known?.verdict.kept) continue
    const tag = known.repository.autoRebuildTags?.find((wanted) => place.tags.includes(wanted))
    if (tag === undefined) continue
    const { registry, repository } = place
    return { registry, repository, tag, releaseCategories: known.repository.releaseCategories }
  }
  return null
}

const PREVIEWS: ReadonlySet<string> = new Set(['Beta', 'Tech Preview'])

/** Whether images offered there do not count as released (behaviour/freshmaker 7.3, `latest_released`). */
export function isPreview({ releaseCategories }: Offer): boolean {
  return releaseCategories.some((category) => PREVIEWS.has(category))
}

/** Drops images without such a tag; the reason says what was wrong with each repository. */
export function dropUnoffered(index: RepositoryIndex, buildRegistries: ReadonlySet<string>): ImageFilter {
  return (image) => {
    if (findOffer(image, index, buildRegistries)) return KEPT
    const places = image.repositories.map(
      (place) => `${placeName(place)}: ${whyNot(place, index, buildRegistries)}`,
    )
    return dropped('auto-rebuild-tag', `none of its tags is rebuilt automatically (${shortList(places)})`, {
      places,
    })
  }
}

/** Drops images that no repository outside the build registries publishes. */
export function dropUnpublished(buildRegistries: ReadonlySet<string>): ImageFilter {
  return (image) => {
    if (image.repositories.some((place) => place.published && !buildRegistries.has(place.registry)))
      return KEPT
    const places = image.repositories.map(
      (place) => `${placeName(place)} (${place.published ? '' : 'un'}published)`,
    )
    return dropped('published', `no published repository among ${shortList(places)}`)
  }
}

function judge(repository: CatalogueRepository, query: RepositoryScope): FilterResult {
  const { published, releaseCategories } = query
  const excepted = isException(repository, query)
  if (published !== null && repository.published !== published && !excepted) {
    return dropped('repository-published', published ? 'it is not published' : 'it is published')
  }
  if (
    releaseCategories &&
    !excepted &&
    !repository.releaseCategories.some((category) => releaseCategories.includes(category))
  ) {
    const reason = `its release categories (${shortList(repository.releaseCategories)}) include none of ${shortList(releaseCategories)}`
    return dropped('repository-category', reason)
  }
  if (repository.autoRebuildTags === null)
    return dropped('repository-tags', 'auto_rebuild_tags was never set')
  if (repository.autoRebuildTags.length === 0) return dropped('repository-tags', 'auto_rebuild_tags is empty')
  return KEPT
}

function isException(
  repository: CatalogueRepository,
  { published, unpublishedExceptions }: RepositoryScope,
): boolean {
  const key = placeName(repository)
  return published === true && unpublishedExceptions.some((exception) => placeName(exception) === key)
}

function whyNot(
  place: ImageRepository,
  index: RepositoryIndex,
  buildRegistries: ReadonlySet<string>,
): string {
  if (buildRegistries.has(place.registry)) return 'it is a build registry'
  const known = index.get(placeName(place))
  if (!known) return 'the repository is not in the catalogue'
  if (!known.verdict.kept) return known.verdict.reason
  return `has tags ${shortList(place.tags)}; rebuilt tags: ${shortList(known.repository.autoRebuildTags ?? [])}`
}
