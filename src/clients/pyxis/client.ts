/** The catalogue (Pyxis): which images there are, where they are offered, and which RPMs are in them. */
import type { CatalogueRepository, Image } from '../../domain/rebuild/image.ts'
import { chunksOf } from '../../lib/batch.ts'
import { UpstreamError } from '../../lib/errors.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http.ts'
import { type MergedImages, mergeRecords } from './merge.ts'
import { createPageReader } from './pages.ts'
import {
  exactRepositoriesFilter,
  imagesQuery,
  nameFilter,
  nameVersionFilter,
  nvrFilter,
  type PagedQuery,
  type RepositoryWish,
  type RpmWish,
  repositoriesQuery,
  repositoryFilter,
  rpmFilter,
} from './queries.ts'
import { type ImageRecord, imageRecordSchema, repositorySchema } from './schema.ts'

/** `url` is the GraphQL endpoint. */
export type PyxisOptions = ClientOptions & {
  pageSize: number
  /** For queries that bring RPM lists along. */
  smallPageSize: number
}

/** Which RPMs of an image are wanted; without names all of them, null: none. */
type RpmChoice = { rpmNames?: readonly string[] | null }

/** All functions are reads: safe to repeat, rejecting with `UpstreamError`. Images have their architectures merged. */
export type PyxisClient = {
  /** `exceptions` are added whatever they are like, when only published repositories are wanted. */
  findRepositories(
    wish: RepositoryWish & { exceptions?: readonly { registry: string; repository: string }[] },
  ): Promise<CatalogueRepository[]>
  /** Images with RPMs of these names, whatever their version; their RPM lists are cut to the names. */
  imagesWithRpms(
    wish: Omit<RpmWish, 'repositories' | 'tags'> & { repositories: readonly CatalogueRepository[] },
  ): Promise<MergedImages>
  /** Published or not. Those the catalogue does not know are missing from the answer. */
  imagesByNvrs(nvrs: readonly string[], choice?: RpmChoice): Promise<Image[]>
  /** Published images of these packages, all versions; without RPM lists unless names are given. */
  imagesByNames(names: readonly string[], choice?: RpmChoice): Promise<Image[]>
  /** All releases of a name and version, without RPM lists unless names are given. */
  imagesByNameVersion(name: string, version: string, choice?: RpmChoice): Promise<Image[]>
  close(): Promise<void>
}

const MAX_REPOSITORIES = 20
const MAX_NVRS = 200

/** Bounds and retries come from `options`. */
export function createPyxisClient(options: PyxisOptions): PyxisClient {
  const http = createHttpClient({ ...options, service: 'pyxis' })
  const readPages = createPageReader(http, options.retry)

  async function readRepositories(query: PagedQuery): Promise<CatalogueRepository[]> {
    return readPages(query, repositorySchema, options.pageSize)
  }

  async function readImages(
    queries: PagedQuery[],
    choice: RpmChoice,
    pageSize: number,
  ): Promise<MergedImages> {
    const schema = imageRecordSchema.transform((record) => cutRpms(record, choice))
    const records = await Promise.all(queries.map((query) => readPages(query, schema, pageSize)))
    return mergeRecords(records.flat().map(checkManifest))
  }

  /** By filters whose matches can be counted. */
  async function readCounted(
    filters: Parameters<typeof imagesQuery>[0][],
    choice: RpmChoice,
  ): Promise<Image[]> {
    const rpms = choice.rpmNames !== null
    const queries = filters.map((filter) => imagesQuery(filter, { rpms, total: true }))
    return (await readImages(queries, choice, rpms ? options.smallPageSize : options.pageSize)).images
  }

  return {
    findRepositories: async ({ exceptions = [], ...wish }) => {
      const exact =
        wish.published && exceptions.length > 0
          ? [repositoriesQuery(exactRepositoriesFilter(exceptions))]
          : []
      const found = await Promise.all(
        [repositoriesQuery(repositoryFilter(wish)), ...exact].map(readRepositories),
      )
      return [...new Map(found.flat().map((one) => [`${one.registry}/${one.repository}`, one])).values()]
    },
    imagesWithRpms: ({ repositories, ...wish }) => {
      const queries = chunksOf(repositories, MAX_REPOSITORIES).map((chunk) => {
        const names = [...new Set(chunk.map(({ repository }) => repository))]
        const tags = [...new Set(chunk.flatMap(({ autoRebuildTags }) => autoRebuildTags ?? []))]
        return imagesQuery(rpmFilter({ ...wish, repositories: names, tags }), { rpms: true, total: false })
      })
      return readImages(queries, wish, options.smallPageSize)
    },
    imagesByNvrs: (nvrs, choice = {}) =>
      readCounted(chunksOf([...new Set(nvrs)], MAX_NVRS).map(nvrFilter), choice),
    imagesByNames: (names, choice = { rpmNames: null }) =>
      readCounted(chunksOf([...new Set(names)], MAX_NVRS).map(nameFilter), choice),
    imagesByNameVersion: (name, version, choice = { rpmNames: null }) =>
      readCounted([nameVersionFilter(name, version)], choice),
    close: http.close,
  }
}

/** A manifest that could not be fetched is not one that does not exist. */
function checkManifest(record: ImageRecord): ImageRecord {
  const { manifestError } = record
  if (!manifestError || manifestError.status === 404) return record
  const detail = `the RPMs of ${record.nvr ?? 'an image'} cannot be had: ${manifestError.detail ?? 'no detail'}`
  throw new UpstreamError('pyxis', 'status', detail, manifestError.status ?? undefined)
}

/** Lists of whole images are long: what nobody asked for is dropped page by page. */
function cutRpms(record: ImageRecord, { rpmNames }: RpmChoice): ImageRecord {
  if (!rpmNames || record.rpms === null) return record
  const wanted = new Set(rpmNames)
  return { ...record, rpms: record.rpms.filter(({ name }) => wanted.has(name)) }
}
