/** Client of Pulp 2: the content sets of an advisory's repositories (behaviour/services 4). */
import { z } from 'zod'
import { amount } from '../../domain/amount.ts'
import { chunksOf } from '../../lib/async/batch.ts'
import { UpstreamError } from '../../lib/errors.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { recordsOf, type Unreadable } from '../../lib/records.ts'

/** All functions are reads. Safe to repeat; they reject with `UpstreamError`. */
export type PulpClient = {
  /**
   * The distinct content sets of these repositories, sorted, and the repositories that are unknown or whose content set cannot be read.
   * Rejects, blaming the service, when it knows none of them.
   */
  contentSets(repoIds: readonly string[]): Promise<{ contentSets: string[]; unreadable: Unreadable[] }>
  close(): Promise<void>
}

const PATH = '/pulp/api/v2/repositories/search/'
const MAX_IDS = 500

/** `repositories/search/`: the content set of each repository that has one. Every record has its id, whatever fields are requested. */
export const repositoriesSchema = recordsOf(
  z.object({
    id: z.string().nullish().catch(null),
    notes: z.object({ content_set: z.string().nullish() }).nullish(),
  }),
)

/** `url` is the root of the server, without the API path. */
export function createPulpClient(options: ClientOptions): PulpClient {
  const http = createHttpClient({ ...options, service: 'pulp' })
  return {
    contentSets: async (repoIds) => {
      const wanted = [...new Set(repoIds)]
      const found = await Promise.all(
        chunksOf(wanted, MAX_IDS).map(async (ids) => {
          const json = { criteria: { filters: { id: { $in: ids } }, fields: ['id', 'notes'] } }
          const request = { method: 'POST', path: PATH, effect: 'read', isFixedAddress: true, json } as const
          const { read, unreadable } = await http.json(request, repositoriesSchema)
          return { read, unreadable: [...unreadable, ...unknownAmong(ids, { read, unreadable })] }
        }),
      )
      const unreadable = found.flatMap((part) => part.unreadable)
      if (wanted.length > 0 && unreadable.every(isUnknown) && unreadable.length === wanted.length)
        throw knowsNone(wanted.length)
      const names = found.flatMap(({ read }) => read.flatMap(({ notes }) => notes?.content_set || []))
      return {
        contentSets: [...new Set(names)].sort(),
        unreadable,
      }
    },
    close: http.close,
  }
}

const UNKNOWN = 'Pulp does not know this repository'
const isUnknown = ({ message }: Unreadable) => message === UNKNOWN

/** Single repositories may be deleted; a Pulp without any of those of an advisory has lost its data, or is another one. */
function knowsNone(count: number): UpstreamError {
  const detail = `POST ${PATH}: it knows none of ${amount(count, 'repository', 'repositories')}`
  return new UpstreamError({ service: 'pulp', failure: 'bad-answer', detail })
}

/** Repositories that Pulp does not return. A record that cannot be read, or has no id, may be any of them. */
function unknownAmong(
  ids: readonly string[],
  { read, unreadable }: z.output<typeof repositoriesSchema>,
): Unreadable[] {
  const known = new Set(read.map(({ id }) => id))
  const missing = ids.length - read.length - unreadable.length
  return ids
    .filter((id) => !known.has(id))
    .slice(0, Math.max(0, missing))
    .map((id) => ({ path: id, message: UNKNOWN }))
}
