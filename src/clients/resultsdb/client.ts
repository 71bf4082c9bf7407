/** Client of the results database: the latest results of test cases (behaviour/greenwave 8.2). */
import type { TestResult } from '../../domain/gate/facts/facts.ts'
import type { Behalf } from '../../lib/http/behalf.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { latestSchema, latestWithOriginalsSchema } from './schema.ts'

/** Reads reject with `UpstreamError`. Safe to repeat. */
export type ResultsDbClient = {
  /** The URL that `latest` requests, without the question mark and the query string. */
  latestUrl: string
  /**
   * The answer to one of `bulkQueries`, newest first. `raw` is set only where `originals` are requested. A result that
   * cannot be read is among them, with its fault.
   */
  latest(search: string, options: Behalf & { originals: boolean }): Promise<TestResult[]>
  close(): Promise<void>
}

const LATEST = '/results/latest'

/** `url` is the root of the API, such as `http://resultsdb.example.com/api/v2.0`. */
export function createResultsDbClient(options: ClientOptions): ResultsDbClient {
  const http = createHttpClient({ ...options, service: 'resultsdb' })
  return {
    latestUrl: options.url.replace(/\/+$/, '') + LATEST,
    latest: async (search, { originals, ...behalf }) => {
      const request = { label: `GET ${LATEST}`, path: `${LATEST}?${search}`, isFixedAddress: true, ...behalf }
      const { results } = await http.json(request, originals ? latestWithOriginalsSchema : latestSchema)
      return results
    },
    close: () => http.close(),
  }
}
