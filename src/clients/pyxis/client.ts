/** The catalogue (Pyxis): which images there are, where they are offered, and which RPMs are in them. */
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import {
  type CatalogueRepository,
  placeName,
  type RepositoryPlace,
} from '../../domain/rebuild/images/image.ts'
import { chunksOf } from '../../lib/async/batch.ts'
import { UpstreamError } from '../../lib/errors.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { unreadableText } from '../../lib/records.ts'
import { readInChunks } from './chunks.ts'
import { type MergedImages, mergeRecords } from './merge.ts'
import { createPageReader, type PageOptions } from './pages.ts'
import {
  exactRepositoriesFilter,
  type Filter,
  imagesQuery,
  type NameVersion,
  nameFilter,
  nvrFilter,
  type PagedQuery,
  placeFilter,
  type RepositoryQuery,
  type RpmQuery,
  releasesFilter,
  repositoriesQuery,
  repositoryFilter,
  rpmFilter,
} from './queries.ts'
import { type ImageRecord, imageRecordSchema, type RepositoryRecord, repositorySchema } from './schema.ts'

/** `url` is the GraphQL endpoint. */
export type PyxisOptions = ClientOptions & {
  pageSize: number
  /** For queries that bring RPM lists along. */
  smallPageSize: number
}

/** Which RPMs of an image are wanted; without names all of them, null: none. */
type RpmChoice = { rpmNames?: readonly string[] | null }

type Exceptions = readonly RepositoryPlace[]

/** All functions are reads: safe to repeat, rejecting with `UpstreamError`. Images have their architectures merged. */
export type PyxisClient = {
  /** If only published repositories are wanted, `exceptions` are included regardless of the other conditions. */
  findRepositories(
    search: RepositoryQuery & { exceptions?: Exceptions },
  ): Promise<{ repositories: CatalogueRepository[]; unreadable: Consideration[] }>
  /**
   * Images with RPMs of these names, whatever their version; their RPM lists are cut to the names. In `exceptions`
   * images count although they are not published.
   */
  imagesWithRpms(
    search: Omit<RpmQuery, 'repositories' | 'tags'> & {
      repositories: readonly CatalogueRepository[]
      exceptions?: Exceptions
    },
  ): Promise<MergedImages>
  /** Published or not. Those the catalogue does not know are missing from the answer: `absentImages` gives the reasons. */
  imagesByNvrs(nvrs: readonly string[], choice?: RpmChoice): Promise<MergedImages>
  /** Published images of these packages, all versions, without RPM lists. */
  imagesByNames(names: readonly string[]): Promise<MergedImages>
  /** The records of one build, one for each architecture, published or not; without RPM lists. */
  recordsOfBuild(nvr: string): Promise<ImageRecord[]>
  /** The records of the images that a repository publishes under one of the tags; without RPM lists. */
  recordsInRepository(place: RepositoryPlace, tags: readonly string[]): Promise<ImageRecord[]>
  /** Repositories of Red Hat with this name, in any registry; null: a record that cannot be read. */
  repositoriesNamed(name: string): Promise<(CatalogueRepository | null)[]>
  /** The same for one registry, whatever the vendor. */
  repositoriesAt(place: RepositoryPlace): Promise<(CatalogueRepository | null)[]>
  /** All published releases of these names and versions, however old, without RPM lists. */
  publishedReleases(wanted: readonly NameVersion[]): Promise<MergedImages>
  close(): Promise<void>
}

const MAX_NVRS = 200
const WITHOUT_RPMS: RpmChoice = { rpmNames: null }
/** The initial size of chunks, which adapts to what the catalogue can handle. */
const REPOSITORIES_AT_ONCE = 100
const RELEASES_AT_ONCE = 25

/** Bounds and retries come from `options`. */
export function createPyxisClient(options: PyxisOptions): PyxisClient {
  const http = createHttpClient({ ...options, service: 'pyxis' })
  const readPages = createPageReader(http, options.retry, options.onUnreadable)
  const { pageSize, smallPageSize } = options

  function readRepositories(filter: Filter): Promise<RepositoryRecord[]> {
    return readPages(repositoriesQuery(filter), repositorySchema, { size: pageSize, patience: 'all' })
  }

  async function repositoriesBy(filter: Filter): Promise<(CatalogueRepository | null)[]> {
    return (await readRepositories(filter)).map(({ repository }) => repository)
  }

  async function readRecords(query: PagedQuery, keep: Keep, reading: PageOptions): Promise<ImageRecord[]> {
    return (await readPages(query, imageRecordSchema.transform(keep), reading)).map(checkManifest)
  }

  /** Reads records by filters whose matches are cheap to count, so that a list is known to be whole. */
  async function readCounted(filters: Filter[], choice: RpmChoice): Promise<ImageRecord[]> {
    const rpms = choice.rpmNames !== null
    const reading: PageOptions = { size: rpms ? smallPageSize : pageSize, patience: 'all' }
    const queries = filters.map((filter) => imagesQuery(filter, { rpms, total: true }))
    const records = await Promise.all(queries.map((query) => readRecords(query, keepWanted(choice), reading)))
    return records.flat()
  }

  /** Leaves out records of other builds, which must not be taken for ancestors or requested images. */
  async function readBuilds(nvrs: readonly string[], choice: RpmChoice): Promise<ImageRecord[]> {
    const wanted = new Set(nvrs)
    const records = await readCounted(chunksOf([...wanted], MAX_NVRS).map(nvrFilter), choice)
    const isForeign = ({ nvr }: ImageRecord) => nvr !== null && !wanted.has(nvr)
    const unreadable = records
      .filter(isForeign)
      .map(({ nvr }) => ({ path: 'brew.build', message: `${nvr?.slice(0, 100)} was not requested` }))
    if (unreadable.length > 0) options.onUnreadable?.({ service: 'pyxis', what: 'find_images', unreadable })
    return records.filter((record) => !isForeign(record))
  }

  async function readOffered(
    repositories: readonly CatalogueRepository[],
    search: Omit<RpmQuery, 'repositories' | 'tags'>,
  ): Promise<ImageRecord[]> {
    return readInChunks(repositories, {
      size: REPOSITORIES_AT_ONCE,
      read: (chunk, patience) => {
        const names = [...new Set(chunk.map(({ repository }) => repository))]
        const tags = [...new Set(chunk.flatMap(({ autoRebuildTags }) => autoRebuildTags ?? []))]
        const filter = rpmFilter({ ...search, repositories: names, tags })
        const query = imagesQuery(filter, { rpms: true, total: false })
        return readRecords(query, keepFound(search), { size: smallPageSize, patience })
      },
    })
  }

  return {
    findRepositories: async ({ exceptions = [], ...search }) => {
      const exact = search.published && exceptions.length > 0 ? [exactRepositoriesFilter(exceptions)] : []
      const found = await Promise.all([repositoryFilter(search), ...exact].map(readRepositories))
      const read = found.flat().flatMap(({ repository }) => repository ?? [])
      const repositories = [
        ...new Map(read.map((repository) => [placeName(repository), repository])).values(),
      ]
      return { repositories, unreadable: found.flat().flatMap(explainRepository) }
    },
    imagesWithRpms: async ({ repositories, exceptions = [], ...search }) => {
      const excepted = new Set(exceptions.map(placeName))
      const [usual, special] = await Promise.all([
        readOffered(
          repositories.filter((repository) => !excepted.has(placeName(repository))),
          search,
        ),
        readOffered(
          repositories.filter((repository) => excepted.has(placeName(repository))),
          { ...search, published: null },
        ),
      ])
      return mergeRecords([...usual, ...special])
    },
    imagesByNvrs: async (nvrs, choice = {}) => mergeRecords(await readBuilds(nvrs, choice)),
    imagesByNames: async (names) =>
      mergeRecords(await readCounted(chunksOf([...new Set(names)], MAX_NVRS).map(nameFilter), WITHOUT_RPMS)),
    recordsOfBuild: (nvr) => readBuilds([nvr], WITHOUT_RPMS),
    recordsInRepository: (place, tags) => readCounted([placeFilter(place, tags)], WITHOUT_RPMS),
    repositoriesNamed: (name) =>
      repositoriesBy(repositoryFilter({ published: null, releaseCategories: null, names: [name] })),
    repositoriesAt: (place) => repositoriesBy(exactRepositoriesFilter([place])),
    publishedReleases: async (wanted) => {
      const unique = new Map(wanted.map((release) => [`${release.name}-${release.version}`, release]))
      const records = await readInChunks([...unique.values()], {
        size: RELEASES_AT_ONCE,
        read: (chunk, patience) => {
          const query = imagesQuery(releasesFilter(chunk), { rpms: false, total: false })
          return readRecords(query, (record) => record, { size: pageSize, patience })
        },
      })
      return mergeRecords(records)
    },
    close: http.close,
  }
}

/** A manifest that could not be fetched must not count as one that does not exist. */
function checkManifest(record: ImageRecord): ImageRecord {
  const { manifestError } = record
  if (!manifestError || manifestError.status === 404) return record
  const detail = `cannot fetch the RPMs of ${record.nvr ?? 'an image'}: ${manifestError.detail ?? 'no detail'}`
  const error = new UpstreamError({
    service: 'pyxis',
    failure: 'status',
    detail,
    status: manifestError.status,
  })
  if (error.blame === 'thing') return { ...record, fault: detail }
  throw error
}

/** Images that only this repository offers are not found, so it is named in their place. */
function explainRepository(record: RepositoryRecord): Consideration[] {
  if (record.repository !== null) return []
  const reason = `images that only it offers could not be looked at: its record cannot be read at ${unreadableText(record.unreadable)}`
  return [{ nvr: record.shown, outcome: 'not-rebuilt', rule: 'unreadable-record', reason }]
}

/** What is kept of a record, page by page: full records are long. */
type Keep = (record: ImageRecord) => ImageRecord

function keepWanted({ rpmNames }: RpmChoice): Keep {
  const wanted = rpmNames && new Set(rpmNames)
  return (record) => (wanted ? cutRpms(record, wanted) : record)
}

/** A record that was found by its RPMs cannot have none: an empty list counts as not known, unlike a list of other RPMs. */
function keepFound(choice: RpmChoice): Keep {
  const keep = keepWanted(choice)
  return (record) => {
    const isEmpty = record.rpms?.length === 0 && record.unreadableRpms.length === 0
    return keep(isEmpty ? { ...record, rpms: null } : record)
  }
}

function cutRpms(record: ImageRecord, wanted: ReadonlySet<string>): ImageRecord {
  if (record.rpms === null) return record
  return {
    ...record,
    rpms: record.rpms.filter(({ name }) => wanted.has(name)),
    unreadableRpms: record.unreadableRpms.filter(({ name }) => name === null || wanted.has(name)),
  }
}
