/** Client of the catalogue (Pyxis): the existing images, the repositories that offer them, and the RPMs in them. */
import type { CatalogueRepository, Image } from '../../domain/rebuild/images/image.ts'
import { chunksOf } from '../../lib/async/batch.ts'
import { UpstreamError } from '../../lib/errors.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { readInChunks } from './chunks.ts'
import { type MergedImages, mergeRecords } from './merge.ts'
import { createPageReader, type ReadOptions } from './pages.ts'
import {
  exactRepositoriesFilter,
  type Filter,
  imagesQuery,
  type NameVersion,
  nameFilter,
  nvrFilter,
  type PagedQuery,
  type RepositoryQuery,
  type RpmQuery,
  releasesFilter,
  repositoriesQuery,
  repositoryFilter,
  rpmFilter,
} from './queries.ts'
import { type ImageRecord, imageRecordSchema, repositorySchema } from './schema.ts'

/** `url` is the GraphQL endpoint. */
export type PyxisOptions = ClientOptions & {
  pageSize: number
  /** Page size of queries that include RPM lists. */
  smallPageSize: number
}

/** Which RPMs of an image to return: those with these names; undefined: all; null: none. */
type RpmChoice = { rpmNames?: readonly string[] | null }

/** Repositories identified by registry and name. */
type Exceptions = readonly { registry: string; repository: string }[]

/** All functions are reads. Safe to repeat; they reject with `UpstreamError`. An image has its architectures merged. */
export type PyxisClient = {
  /** When only published repositories are requested, `exceptions` are added regardless of all conditions. */
  findRepositories(query: RepositoryQuery & { exceptions?: Exceptions }): Promise<CatalogueRepository[]>
  /**
   * Images with RPMs of these names in any version; their RPM lists contain only these names. In the repositories of
   * `exceptions`, unpublished images count too.
   */
  imagesWithRpms(
    query: Omit<RpmQuery, 'repositories' | 'tags'> & {
      repositories: readonly CatalogueRepository[]
      exceptions?: Exceptions
    },
  ): Promise<MergedImages>
  /** Published or not. Images unknown to the catalogue are missing from the result. */
  imagesByNvrs(nvrs: readonly string[], choice?: RpmChoice): Promise<Image[]>
  /** Published images of these packages in all versions; without RPM lists unless `choice` has names. */
  imagesByNames(names: readonly string[], choice?: RpmChoice): Promise<Image[]>
  /** All published releases of these names and versions, whatever their age, without RPM lists. */
  publishedReleases(wanted: readonly NameVersion[]): Promise<Image[]>
  close(): Promise<void>
}

const MAX_NVRS = 200
/** Initial chunk sizes; they adapt to the speed of the catalogue. */
const REPOSITORIES_AT_ONCE = 100
const RELEASES_AT_ONCE = 25

/** Limits and retries come from `options`. */
export function createPyxisClient(options: PyxisOptions): PyxisClient {
  const http = createHttpClient({ ...options, service: 'pyxis' })
  const readPages = createPageReader(http, options.retry)
  const { pageSize, smallPageSize } = options

  async function readRepositories(query: PagedQuery): Promise<CatalogueRepository[]> {
    return readPages(query, repositorySchema, { size: pageSize, patience: 'all' })
  }

  async function readRecords(
    query: PagedQuery,
    choice: RpmChoice,
    reading: ReadOptions,
  ): Promise<ImageRecord[]> {
    const schema = imageRecordSchema.transform((record) => cutRpms(record, choice))
    return (await readPages(query, schema, reading)).map(checkManifest)
  }

  /** For filters whose matches are cheap to count. */
  async function readCounted(filters: Filter[], choice: RpmChoice): Promise<Image[]> {
    const rpms = choice.rpmNames !== null
    const reading: ReadOptions = { size: rpms ? smallPageSize : pageSize, patience: 'all' }
    const queries = filters.map((filter) => imagesQuery(filter, { rpms, total: true }))
    const records = await Promise.all(queries.map((query) => readRecords(query, choice, reading)))
    return mergeRecords(records.flat()).images
  }

  async function readOffered(
    repositories: readonly CatalogueRepository[],
    query: Omit<RpmQuery, 'repositories' | 'tags'>,
  ): Promise<ImageRecord[]> {
    return readInChunks(repositories, {
      size: REPOSITORIES_AT_ONCE,
      read: (chunk, patience) => {
        const names = [...new Set(chunk.map(({ repository }) => repository))]
        const tags = [...new Set(chunk.flatMap(({ autoRebuildTags }) => autoRebuildTags ?? []))]
        const filter = rpmFilter({ ...query, repositories: names, tags })
        const pages = imagesQuery(filter, { rpms: true, total: false })
        return readRecords(pages, query, { size: smallPageSize, patience })
      },
    })
  }

  return {
    findRepositories: async ({ exceptions = [], ...query }) => {
      const exact =
        query.published && exceptions.length > 0
          ? [repositoriesQuery(exactRepositoriesFilter(exceptions))]
          : []
      const found = await Promise.all(
        [repositoriesQuery(repositoryFilter(query)), ...exact].map(readRepositories),
      )
      return [...new Map(found.flat().map((repository) => [placeOf(repository), repository])).values()]
    },
    imagesWithRpms: async ({ repositories, exceptions = [], ...query }) => {
      const excepted = new Set(exceptions.map(placeOf))
      const [usual, special] = await Promise.all([
        readOffered(
          repositories.filter((repository) => !excepted.has(placeOf(repository))),
          query,
        ),
        readOffered(
          repositories.filter((repository) => excepted.has(placeOf(repository))),
          { ...query, published: null },
        ),
      ])
      return mergeRecords([...usual, ...special])
    },
    imagesByNvrs: (nvrs, choice = {}) =>
      readCounted(chunksOf([...new Set(nvrs)], MAX_NVRS).map(nvrFilter), choice),
    imagesByNames: (names, choice = { rpmNames: null }) =>
      readCounted(chunksOf([...new Set(names)], MAX_NVRS).map(nameFilter), choice),
    publishedReleases: async (wanted) => {
      const unique = new Map(wanted.map((release) => [`${release.name}-${release.version}`, release]))
      const records = await readInChunks([...unique.values()], {
        size: RELEASES_AT_ONCE,
        read: (chunk, patience) => {
          const query = imagesQuery(releasesFilter(chunk), { rpms: false, total: false })
          return readRecords(query, { rpmNames: null }, { size: pageSize, patience })
        },
      })
      return mergeRecords(records).images
    },
    close: http.close,
  }
}

const placeOf = ({ registry, repository }: { registry: string; repository: string }) =>
  `${registry}/${repository}`

/** Throws for a manifest that could not be fetched: unlike a missing one (404), it says nothing about the RPMs. */
function checkManifest(record: ImageRecord): ImageRecord {
  const { manifestError } = record
  if (!manifestError || manifestError.status === 404) return record
  const detail = `cannot fetch the RPMs of ${record.nvr ?? 'an image'}: ${manifestError.detail ?? 'no detail'}`
  throw new UpstreamError('pyxis', 'status', detail, manifestError.status ?? undefined)
}

/** RPM lists of whole images are long, so unrequested RPMs are dropped page by page. */
function cutRpms(record: ImageRecord, { rpmNames }: RpmChoice): ImageRecord {
  if (!rpmNames || record.rpms === null) return record
  const wanted = new Set(rpmNames)
  return { ...record, rpms: record.rpms.filter(({ name }) => wanted.has(name)) }
}
