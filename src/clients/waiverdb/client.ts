/** Client of the waiver service: failed tests that a person decided not to count (behaviour/greenwave 8.4). */
import type { Behalf } from '../../lib/http/behalf.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { type FilteredWaivers, filteredSchema } from './schema.ts'

/** Reads reject with `UpstreamError`. Safe to repeat. */
export type WaiverDbClient = {
  /** The URL that `filtered` posts to. */
  filteredUrl: string
  /** The answer to one body of `filteredBodies`, newest first; revoked waivers are included. */
  filtered(body: string, behalf: Behalf): Promise<FilteredWaivers>
  close(): Promise<void>
}

const FILTERED = '/waivers/+filtered'

/** `url` is the root of the API, such as `http://waiverdb.example.com/api/v1.0`. */
export function createWaiverDbClient(options: ClientOptions): WaiverDbClient {
  const http = createHttpClient({ ...options, service: 'waiverdb' })
  return {
    filteredUrl: options.url.replace(/\/+$/, '') + FILTERED,
    filtered: async (body, behalf) => {
      const json = { type: 'application/json', text: body }
      const request = {
        method: 'POST',
        path: FILTERED,
        body: json,
        effect: 'read',
        isFixedAddress: true,
      } as const
      return http.json({ ...request, ...behalf }, filteredSchema)
    },
    close: () => http.close(),
  }
}
