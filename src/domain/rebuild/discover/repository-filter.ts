/** Where images are offered: which repositories take part in rebuilds, and which of their tags (behaviour/freshmaker 7.3). */
import { shortList } from '../consideration.ts'
import type { CatalogueRepository, Image, ImageRepository } from '../images/image.ts'
import { dropped, type ImageFilter, KEPT, type Verdict } from './image-filter.ts'

/** What an event asks of repositories; null: any. Exceptions may be used although they are not published. */
export type RepositoryQuery = {
  published: boolean | null
  releaseCategories: readonly string[] | null
  unpublishedExceptions: readonly { registry: string; repository: string }[]
}

/** Repositories by registry and name, with the verdict on each: a refused one still explains a dropped image. */
export type RepositoryIndex = ReadonlyMap<string, { repository: CatalogueRepository; verdict: Verdict }>

/** The tag that makes an image a candidate. */
export type Offer = {
  registry: string
  repository: string
  tag: string
  releaseCategories: readonly string[]
}

/** Judges every repository once. */
export function indexRepositories(
  repositories: readonly CatalogueRepository[],
  search: RepositoryQuery,
): RepositoryIndex {
  return new Map(
    repositories.map((repository) => [keyOf(repository), { repository, verdict: judge(repository, search) }]),
  )
}

/** The first place where an image carries a tag that is rebuilt automatically; null when there is none. */
export function findOffer(
  image: Image,
  index: RepositoryIndex,
  buildRegistries: ReadonlySet<string>,
): Offer | null {
  for (const place of image.repositories) {
    const known = index.get(keyOf(place))
    if (buildRegistries.has(place.registry) || !known?.verdict.kept) continue
    const tag = known.repository.autoRebuildTags?.find((wanted) => place.tags.includes(wanted))
    if (tag === undefined) continue
    const { registry, repository } = place
    return { registry, repository, tag, releaseCategories: known.repository.releaseCategories }
  }
  return null
}

const PREVIEWS: ReadonlySet<string> = new Set(['Beta', 'Tech Preview'])

/** Whether what is offered there does not count as released (behaviour/freshmaker 7.3, `latest_released`). */
export function isPreview({ releaseCategories }: Offer): boolean {
  return releaseCategories.some((category) => PREVIEWS.has(category))
}

/** Drops images without such a tag, and says what was wrong with each place. */
export function dropUnoffered(index: RepositoryIndex, buildRegistries: ReadonlySet<string>): ImageFilter {
  return (image) => {
    if (findOffer(image, index, buildRegistries)) return KEPT
    const places = image.repositories.map(
      (place) => `${keyOf(place)}: ${whyNot(place, index, buildRegistries)}`,
    )
    return dropped('auto-rebuild-tag', `no tag of it is rebuilt automatically (${shortList(places)})`, {
      places,
    })
  }
}

/** Drops images that are not offered in the asked way outside the build registries; null: any way is good. */
export function dropUnpublished(
  published: boolean | null,
  buildRegistries: ReadonlySet<string>,
): ImageFilter {
  return (image) => {
    const fits = (place: ImageRepository) =>
      !buildRegistries.has(place.registry) && place.published === published
    if (published === null || image.repositories.some(fits)) return KEPT
    const places = image.repositories.map(
      (place) => `${keyOf(place)} (${place.published ? '' : 'un'}published)`,
    )
    return dropped('published', `no ${published ? '' : 'un'}published repository among ${shortList(places)}`)
  }
}

function judge(repository: CatalogueRepository, search: RepositoryQuery): Verdict {
  const { published, releaseCategories } = search
  const excepted = isException(repository, search)
  if (published !== null && repository.published !== published && !excepted) {
    return dropped('repository-published', published ? 'it is not published' : 'it is published')
  }
  if (
    releaseCategories &&
    !excepted &&
    !repository.releaseCategories.some((one) => releaseCategories.includes(one))
  ) {
    const reason = `its categories (${shortList(repository.releaseCategories)}) are none of ${shortList(releaseCategories)}`
    return dropped('repository-category', reason)
  }
  if (repository.autoRebuildTags === null)
    return dropped('repository-tags', 'auto_rebuild_tags was never set')
  if (repository.autoRebuildTags.length === 0) return dropped('repository-tags', 'auto_rebuild_tags is empty')
  return KEPT
}

function isException(
  repository: CatalogueRepository,
  { published, unpublishedExceptions }: RepositoryQuery,
): boolean {
  return published === true && unpublishedExceptions.some((one) => keyOf(one) === keyOf(repository))
}

function whyNot(
  place: ImageRepository,
  index: RepositoryIndex,
  buildRegistries: ReadonlySet<string>,
): string {
  if (buildRegistries.has(place.registry)) return 'it is a build registry'
  const known = index.get(keyOf(place))
  if (!known) return 'the repository is not in the catalogue'
  if (!known.verdict.kept) return known.verdict.reason
  return `tags ${shortList(place.tags)}, rebuilt are ${shortList(known.repository.autoRebuildTags ?? [])}`
}

const keyOf = ({ registry, repository }: { registry: string; repository: string }) =>
  `${registry}/${repository}`
