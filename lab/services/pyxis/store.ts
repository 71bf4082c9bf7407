/** The records that Pyxis searches, and recent search results, so that the next page needs no new search. */
import { ARCHES, type LabImage, type LabRepository } from '../../catalogue/entry.ts'
import { pushTo } from '../../push-to.ts'
import type { World } from '../../world.ts'
import type { GraphqlValue } from './document.ts'
import { compileFilter } from './filter.ts'
import { type ImageRecord, imageType, type ObjectType, repositoryType } from './schema.ts'
import { sortRecords } from './select.ts'

const KEPT_RESULTS = 50

/** A search in a collection, independent of the page. */
export type Search = { filter: GraphqlValue | undefined; sortBy: GraphqlValue | undefined }

/** Returns the records that pass a search, in the requested order; the caller takes the page it needs. */
export type Store = {
  images: (search: Search) => readonly ImageRecord[]
  imagesByNvr: (nvr: string, search: Search) => readonly ImageRecord[]
  repositories: (search: Search) => readonly LabRepository[]
}

/** Positions of records by a name in them; a search for names scans only those records. */
type Index = { path: readonly string[]; positions: ReadonlyMap<string, readonly number[]> }

type Snapshot = {
  images: readonly LabImage[]
  count: number
  records: readonly ImageRecord[]
  byNvr: Index
  byRepository: Index
  results: Map<string, readonly ImageRecord[]>
}

/** A view of the images and repositories of a world; it follows their changes. */
export function createStore(world: World): Store {
  let snapshot = takeSnapshot(world.images)
  const current = () => {
    if (snapshot.images !== world.images || snapshot.count !== world.images.length)
      snapshot = takeSnapshot(world.images)
    return snapshot
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

function takeSnapshot(images: readonly LabImage[]): Snapshot {
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
  namesOf: (image: LabImage) => string[],
): Index {
  const positions = new Map<string, number[]>()
  for (const [position, { image }] of records.entries())
    for (const name of namesOf(image)) pushTo(positions, name, position)
  return { path, positions }
}

function searchImages(snapshot: Snapshot, search: Search): readonly ImageRecord[] {
  const key = JSON.stringify(search)
  const known = snapshot.results.get(key)
  if (known) return known
  const result = find(candidates(snapshot, search), search, imageType)
  const [oldest] = snapshot.results.keys()
  if (oldest !== undefined && snapshot.results.size >= KEPT_RESULTS) snapshot.results.delete(oldest)
  snapshot.results.set(key, result)
  return result
}

/** The records to scan, in order; they include every record that the filter accepts. */
function candidates(snapshot: Snapshot, { filter }: Search): readonly ImageRecord[] {
  for (const { path, positions } of [snapshot.byNvr, snapshot.byRepository]) {
    const names = namesRequired(filter, path)
    if (!names) continue
    const found = new Set(names.flatMap((name) => positions.get(name) ?? []))
    return at(
      snapshot.records,
      [...found].sort((a, b) => a - b),
    )
  }
  return snapshot.records
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

/** The names that the filter requires at the path: every accepted record has one of them. Undefined: any name. */
function namesRequired(filter: GraphqlValue | undefined, path: readonly string[]): string[] | undefined {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) return undefined
  if (Array.isArray(filter.and))
    for (const part of filter.and) {
      const names = namesRequired(part, path)
      if (names) return names
    }
  const [name, ...rest] = path
  if (name !== undefined) return namesRequired(filter[name] ?? filter[`${name}_elemMatch`], rest)
  const operand = filter.in ?? filter.eq
  const names = Array.isArray(operand) ? operand : [operand]
  return names.every((item) => typeof item === 'string') ? names : undefined
}
