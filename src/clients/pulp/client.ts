/** Pulp 2: which content sets the repositories of an advisory belong to. */
import { chunksOf } from '../../lib/async/batch.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { repositoriesSchema, searchById } from './schema.ts'

/** Reads, safe to repeat; rejects with `UpstreamError`. */
export type PulpClient = {
  /** Content sets of these repositories, sorted and without repetition. */
  contentSets(repoIds: readonly string[]): Promise<string[]>
  close(): Promise<void>
}

const PATH = '/pulp/api/v2/repositories/search/'
const MAX_IDS = 500

/** `url` is the server without the API path. */
export function createPulpClient(options: ClientOptions): PulpClient {
  const http = createHttpClient({ ...options, service: 'pulp' })
  return {
    contentSets: async (repoIds) => {
      const found = await Promise.all(
        chunksOf(repoIds, MAX_IDS).map((ids) =>
          http.json(
            { method: 'POST', path: PATH, effect: 'read', json: searchById(ids) },
            repositoriesSchema,
          ),
        ),
      )
      return [...new Set(found.flat())].sort()
    },
    close: http.close,
  }
}
