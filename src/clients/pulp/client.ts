/** Client of Pulp 2: the content sets of an advisory's repositories (behaviour/services 4). */
import { z } from 'zod'
import { chunksOf } from '../../lib/async/batch.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { recordsOf, type Unreadable } from '../../lib/records.ts'

/** All functions are reads. Safe to repeat; they reject with `UpstreamError`. */
export type PulpClient = {
  /** The distinct content sets of these repositories, sorted, and the repositories whose content set cannot be read. */
  contentSets(repoIds: readonly string[]): Promise<{ contentSets: string[]; unreadable: Unreadable[] }>
  close(): Promise<void>
}

const PATH = '/pulp/api/v2/repositories/search/'
const MAX_IDS = 500

/** `repositories/search/`: the content set of each repository that has one. */
export const repositoriesSchema = recordsOf(
  z.object({ notes: z.object({ content_set: z.string().nullish() }).nullish() }),
)

/** `url` is the root of the server, without the API path. */
export function createPulpClient(options: ClientOptions): PulpClient {
  const http = createHttpClient({ ...options, service: 'pulp' })
  return {
    contentSets: async (repoIds) => {
      const found = await Promise.all(
        chunksOf(repoIds, MAX_IDS).map((ids) => {
          const json = { criteria: { filters: { id: { $in: ids } }, fields: ['notes'] } }
          const request = { method: 'POST', path: PATH, effect: 'read', isFixedAddress: true, json } as const
          return http.json(request, repositoriesSchema)
        }),
      )
      const names = found.flatMap(({ read }) => read.flatMap(({ notes }) => notes?.content_set || []))
      return {
        contentSets: [...new Set(names)].sort(),
        unreadable: found.flatMap(({ unreadable }) => unreadable),
      }
    },
    close: http.close,
  }
}
