/** An HTTP client of a service whose answers have an id. */
import { z } from 'zod'
import { type ClientOptions, createHttpClient, type HttpClient } from '../../../src/lib/http/client.ts'
import type { HttpOptions } from '../../../src/lib/http/options.ts'
import { clientOptions } from '../lab/client-options.ts'

/** The shape of the answers. */
export const schema = z.object({ id: z.number() })

/** A client of the service at `url`, under the name of ODCS. */
export function httpClient(
  url: string,
  { saysUnknown, ...changes }: Partial<ClientOptions> & Pick<HttpOptions, 'saysUnknown'> = {},
): HttpClient {
  return createHttpClient({ ...clientOptions(url, changes), service: 'odcs', saysUnknown })
}
