/** A catalogue that pages and counts records, can be slow, and the client of it; queries and records for both. */
import { createPyxisClient, type PyxisClient } from '../../../src/clients/pyxis/client.ts'
import type { CatalogueRepository } from '../../../src/domain/rebuild/images/image.ts'
import type { ClientOptions } from '../../../src/lib/http/client.ts'
import { type Received, sendJson, serve } from '../servers/http-server.ts'
import { clientOptions } from './client-options.ts'
import { imageRecord } from './pyxis-records.ts'

/** A client of the catalogue at `url` with pages of 200 records, or of 50 with the lists of RPMs. */
export function pyxisClient(url: string, options: Partial<ClientOptions> = {}): PyxisClient {
  return createPyxisClient({ ...clientOptions(url, options), pageSize: 200, smallPageSize: 50 })
}

/** The catalogue's text of a time-out. */
export const SLOW = 'Pyxis API was unable to fetch data from MongoDB in time. Try limiting the query'

export type Query = { query: string; field: string; filter: unknown; page: number; page_size: number }

/** The query in a request. */
export function queryOf({ body }: Received): Query {
  const { query, variables } = JSON.parse(body)
  return { query, field: /find_\w+/.exec(query)?.[0] ?? '', ...variables }
}

type Behaviour = {
  /** Queries of more repositories fail with the catalogue's time-out. */
  slowAboveRepositories?: number
  /** Larger pages fail with the catalogue's time-out. */
  slowAbove?: number
  /** `slowAbove` applies only to pages with a record after this one. */
  slowAfter?: number
  /** This many requests at the beginning time out, whatever they query. */
  slowFirst?: number
  /** Pages are never larger, whatever is requested; answers have the size that was used. */
  largestPage?: number
}

/** Serves `records` page by page; counts them when the query requests the total. */
export async function pyxisWith(
  records: unknown[] | ((query: Query) => unknown[]),
  behaviour: Behaviour = {},
  options: Partial<ClientOptions> = {},
) {
  const server = await serve((request, response, count) => {
    const { query, field, page, ...requested } = queryOf(request)
    const page_size = Math.min(requested.page_size, behaviour.largestPage ?? 1000)
    const answer = (value: object) =>
      sendJson(response, { data: { [field]: value } }, 200, { trace_id: `trace-${count}` })
    const reaches = (page + 1) * page_size > (behaviour.slowAfter ?? 0)
    const isBroad = namedIn(queryOf(request)) > (behaviour.slowAboveRepositories ?? 1000)
    if (
      isBroad ||
      (reaches && page_size > (behaviour.slowAbove ?? 1000)) ||
      count < (behaviour.slowFirst ?? 0)
    ) {
      return answer({ error: { status: 504, detail: SLOW }, data: null, page, page_size, total: null })
    }
    const served = typeof records === 'function' ? records(queryOf(request)) : records
    const data = served.slice(page * page_size, (page + 1) * page_size)
    answer({ error: null, data, page, page_size, ...(/ total /.test(query) && { total: served.length }) })
  })
  const client = pyxisClient(`${server.url}/graphql/`, options)
  return {
    client,
    pages: () => server.received.map(queryOf).map(({ page, page_size }) => [page, page_size]),
    received: server.received,
  }
}

/** What a query answers when nothing matches. */
export const NONE = { images: [], withoutBuild: [] }
export const WISH = { contentSets: ['a', 'b'], rpmNames: ['openssl'], published: true } as const
export const REPOSITORIES = [
  {
    registry: 'r',
    repository: 'repo1',
    published: true,
    releaseCategories: [],
    autoRebuildTags: ['latest', '8'],
  },
  { registry: 'r', repository: 'repo2', published: true, releaseCategories: [], autoRebuildTags: ['latest'] },
]

export const repositoriesNamed = (count: number): CatalogueRepository[] =>
  Array.from({ length: count }, (_, index) => ({
    registry: 'r',
    repository: `repo${index}`,
    published: true,
    releaseCategories: [],
    autoRebuildTags: ['latest'],
  }))
export const namedIn = ({ filter }: Query) => JSON.stringify(filter).match(/repo\d+/g)?.length ?? 0

/** One image for each repository in the query. */
export const imagesIn = ({ filter }: Pick<Query, 'filter'>) =>
  (JSON.stringify(filter).match(/repo\d+/g) ?? []).map((repository) => imageRecord(`${repository}-1-1`))

export const nvrsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => `app${index}-container-1-1`)
export const images = (count: number) => nvrsOf(count).map((nvr) => imageRecord(nvr))
