/** Keeps the flatpaks that may be rebuilt and whose RPMs are older than the advisory's (behaviour/freshmaker 6.8 step 2). */
import type { Context } from '../../context.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { absentImages } from '../../domain/rebuild/discover/absent-images.ts'
import { dropRebuilt, filterImages, type RebuiltImages } from '../../domain/rebuild/discover/image-filter.ts'
import {
  dropUnoffered,
  findOffer,
  indexRepositories,
  type RepositoryIndex,
} from '../../domain/rebuild/discover/repository-filter.ts'
import { rpmFilters, whenOffersReadable } from '../../domain/rebuild/discover/rpm-filter.ts'
import { type FixedIndex, wantedRpms } from '../../domain/rebuild/images/affected-rpms.ts'
import { type CatalogueRepository, type Image, placeName } from '../../domain/rebuild/images/image.ts'
import { flatpakText } from '../../domain/rebuild/texts.ts'
import { lookUpEach } from '../../lib/async/look-up-each.ts'
import type { FlatpakServices, ImpactedFlatpaks } from './services.ts'

/** `isRequested`: they were requested by name, so that their tags do not matter. `alreadyRebuilt`: by earlier events of the advisory. */
type Candidates = {
  nvrs: readonly string[]
  isRequested: boolean
  fixed: FixedIndex
  alreadyRebuilt: RebuiltImages
}

/** Reads only. */
export async function keepImpacted(
  ctx: Pick<Context, 'settings'>,
  { pyxis }: Pick<FlatpakServices, 'pyxis'>,
  { nvrs, isRequested, fixed, alreadyRebuilt }: Candidates,
): Promise<ImpactedFlatpaks> {
  const found = await pyxis.imagesByNvrs(nvrs, { rpmNames: [...fixed.keys()] })
  const { images } = found
  const absent = absentImages(nvrs, found).map(({ nvr, unreadable }) => unreadable ?? notInCatalogue(nvr))
  const registries = new Set(ctx.settings.file.image_build_repository_registries)
  const { index, marked } = await gatherPlaces(pyxis, isRequested ? [] : images)
  const offered = isRequested
    ? { kept: images, considered: [] }
    : filterImages(marked, [whenOffersReadable(dropUnoffered(index, registries))])
  const older = filterImages(offered.kept, [
    ...rpmFilters(fixed),
    dropRebuilt(alreadyRebuilt, (image: Image) => wantedRpms(fixed, image)),
  ])
  const areOffered = isRequested || offered.kept.length > 0
  return {
    flatpaks: older.kept.map((image) => ({ image, offer: findOffer(image, index, registries) })),
    considered: [...absent, ...offered.considered, ...older.considered],
    whenEmpty: areOffered ? flatpakText.noLongerImpacted : flatpakText.noneAutoRebuilt,
  }
}

/** The repositories that offer one of the images, each fetched once; `marked`: images with what could not be read of them. */
async function gatherPlaces(
  pyxis: FlatpakServices['pyxis'],
  images: readonly Image[],
): Promise<{ index: RepositoryIndex; marked: Image[] }> {
  const places = new Map(
    images.flatMap((image) => image.repositories.map((place) => [placeName(place), place])),
  )
  const looked = await lookUpEach([...places], ([, place]) => pyxis.repositoriesAt(place))
  const fetched = looked.map(([[key], result]) => {
    const found: (CatalogueRepository | null)[] = result.ok ? result.value : [null]
    return { key, found }
  })
  const unreadable = new Set(fetched.flatMap(({ key, found }) => (found.includes(null) ? [key] : [])))
  const repositories = fetched.flatMap(({ found }) => found.flatMap((repository) => repository ?? []))
  const marked = images.map((image) => {
    const count = image.repositories.filter((place) => unreadable.has(placeName(place))).length
    return count === 0 ? image : { ...image, unreadableOffers: (image.unreadableOffers ?? 0) + count }
  })
  const query = { published: null, releaseCategories: null, unpublishedExceptions: [] }
  return { index: indexRepositories(repositories, query), marked }
}

function notInCatalogue(nvr: string): Consideration {
  const reason = 'the flatpak index lists it, but it is not in the catalogue'
  return { nvr, outcome: 'not-rebuilt', rule: 'not-in-catalogue', reason }
}
