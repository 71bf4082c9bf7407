/** The records Pyxis searches, and the results of searches, kept so that paging does not search anew. */
import { ARCHES, type LabImage, type LabRepository } from '../../catalogue/entry.ts'
import type { World } from '../../world.ts'
import type { GraphqlValue } from './document.ts'
import { compileFilter } from './filter.ts'
import { type ImageRecord, imageType, type ObjectType, repositoryType } from './schema.ts'
import { sortRecords } from './select.ts'

const KEPT_RESULTS = 50

/** What is asked of a collection, whatever the page. */
export type Search = { filter: GraphqlValue | undefined; sortBy: GraphqlValue | undefined }

/** Records that pass a search, in the order asked for; pages are cut from it by the caller. */
export type Store = {
  images: (search: Search) => readonly ImageRecord[]
  imagesByNvr: (nvr: string, search: Search) => readonly ImageRecord[]
  repositories: (search: Search) => readonly LabRepository[]
}

type Shelf = {
  images: readonly LabImage[]
  count: number
  records: readonly ImageRecord[]
  byNvr: ReadonlyMap<string, ImageRecord[]>
  results: Map<string, readonly ImageRecord[]>
}

/** A view on the images and repositories of a world; it follows when they change. */
export function createStore(world: World): Store {
  let shelf = fillShelf(world.images)
  const current = () => {
    if (shelf.images !== world.images || shelf.count !== world.images.length) shelf = fillShelf(world.images)
    return shelf
  }
  return {
    images: (search) => searchImages(current(), search),
    imagesByNvr: (nvr, search) => find(current().byNvr.get(nvr) ?? [], search, imageType as ObjectType),
    repositories: (search) => find(world.catalogue.repositories, search, repositoryType as ObjectType),
  }
}

function fillShelf(images: readonly LabImage[]): Shelf {
  const records = images.flatMap((image) => ARCHES.map((arch) => ({ image, arch })))
  const named = records.filter(({ image }) => !image.konflux)
  return {
    images,
    count: images.length,
    records,
    byNvr: Map.groupBy(named, ({ image }) => image.nvr),
    results: new Map(),
  }
}

function searchImages(shelf: Shelf, search: Search): readonly ImageRecord[] {
  const key = JSON.stringify(search)
  const known = shelf.results.get(key)
  if (known) return known
  const nvrs = wantedNvrs(search.filter)
  const candidates = nvrs ? [...nvrs].flatMap((nvr) => shelf.byNvr.get(nvr) ?? []) : shelf.records
  const result = find(candidates, search, imageType as ObjectType)
  const [oldest] = shelf.results.keys()
  if (oldest !== undefined && shelf.results.size >= KEPT_RESULTS) shelf.results.delete(oldest)
  shelf.results.set(key, result)
  return result
}

function find<T>(records: readonly T[], search: Search, type: ObjectType): readonly T[] {
  const passes = compileFilter(search.filter, type)
  return sortRecords(
    records.filter((record) => passes(record, record)),
    search.sortBy,
    type,
  )
}

/** The NVRs a filter names outright; then there is no need to look at all the other images. */
function wantedNvrs(filter: GraphqlValue | undefined): Set<string> | undefined {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) return undefined
  if (Array.isArray(filter.and)) return filter.and.map(wantedNvrs).find((nvrs) => nvrs !== undefined)
  const build = memberOf(memberOf(filter, 'brew'), 'build')
  const wanted = memberOf(build, 'in') ?? memberOf(build, 'eq')
  const list = Array.isArray(wanted) ? wanted : [wanted]
  return list.every((one) => typeof one === 'string') ? new Set(list) : undefined
}

function memberOf(value: GraphqlValue | undefined, name: string): GraphqlValue | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : undefined
}
