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

/** Positions of records by a name in them; a search that names names looks at those records alone. */
type Index = { path: readonly string[]; positions: ReadonlyMap<string, readonly number[]> }

type Shelf = {
  images: readonly LabImage[]
  count: number
  records: readonly ImageRecord[]
  byNvr: Index
  byRepository: Index
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
    imagesByNvr: (nvr, search) => {
      const { records, byNvr } = current()
      return find(at(records, byNvr.positions.get(nvr) ?? []), search, imageType)
    },
    repositories: (search) => find(world.catalogue.repositories, search, repositoryType),
  }
}

function fillShelf(images: readonly LabImage[]): Shelf {
  const records = images.flatMap((image) => ARCHES.map((arch) => ({ image, arch })))
  return {
    images,
    count: images.length,
    records,
    byNvr: indexBy(['brew', 'build'], records, ({ nvr, konflux }) => (konflux ? [] : [nvr])),
    byRepository: indexBy(['repositories', 'repository'], records, ({ locations }) =>
      locations.map(({ repository }) => repository),
    ),
    results: new Map(),
  }
}

function indexBy(
  path: readonly string[],
  records: readonly ImageRecord[],
  invertIds: (image: LabImage) => string[],
): Index {
  const positions = new Map<string, number[]>()
  for (const [position, { image }] of records.entries())
    for (const name of invertIds(image)) {
      const known = positions.get(name)
      if (known) known.push(position)
      else positions.set(name, [position])
    }
  return { path, positions }
}

function searchImages(shelf: Shelf, search: Search): readonly ImageRecord[] {
  const key = JSON.stringify(search)
  const known = shelf.results.get(key)
  if (known) return known
  const result = find(candidates(shelf, search), search, imageType)
  const [oldest] = shelf.results.keys()
  if (oldest !== undefined && shelf.results.size >= KEPT_RESULTS) shelf.results.delete(oldest)
  shelf.results.set(key, result)
  return result
}

/** The records worth looking at; always at least those the filter lets through, in their order. */
function candidates(shelf: Shelf, { filter }: Search): readonly ImageRecord[] {
  for (const { path, positions } of [shelf.byNvr, shelf.byRepository]) {
    const names = namesRequired(filter, path)
    if (!names) continue
    const found = new Set(names.flatMap((name) => positions.get(name) ?? []))
    return at(
      shelf.records,
      [...found].sort((a, b) => a - b),
    )
  }
  return shelf.records
}

function at<T>(records: readonly T[], positions: readonly number[]): T[] {
  return positions.flatMap((position) => records[position] ?? [])
}

function find<T>(records: readonly T[], search: Search, type: ObjectType): readonly T[] {
  const passes = compileFilter(search.filter, type)
  return sortRecords(
    records.filter((record) => passes(record, record)),
    search.sortBy,
    type,
  )
}

/** The names one of which the field at the path has to have for the filter to let anything through. */
function namesRequired(filter: GraphqlValue | undefined, path: readonly string[]): string[] | undefined {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) return undefined
  if (Array.isArray(filter.and))
    for (const part of filter.and) {
      const names = namesRequired(part, path)
      if (names) return names
    }
  const [name, ...rest] = path
  if (name !== undefined) return namesRequired(filter[name] ?? filter[`${name}_elemMatch`], rest)
  const wanted = filter.in ?? filter.eq
  const list = Array.isArray(wanted) ? wanted : [wanted]
  return list.every((one) => typeof one === 'string') ? list : undefined
}
