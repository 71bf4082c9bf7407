/** Client of ODCS, which composes repositories on demand for builds whose content has not shipped yet. */
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { createNegotiate } from '../../lib/http/negotiate.ts'
import { type Compose, type ComposeRequest, composeBody, composeSchema } from './schema.ts'

/** Without `token` and `kerberos`, composes can only be read. */
export type OdcsOptions = ClientOptions & { token?: string; kerberos?: { principal?: string } }

/** Reads are safe to repeat; all functions reject with `UpstreamError`. */
export type OdcsClient = {
  /** `null`: the compose does not exist. */
  getCompose(id: number): Promise<Compose | null>
  /** Fetches each id once, however often it is listed. */
  composes(ids: readonly number[]): Promise<Map<number, Compose | null>>
  /** The ids of composes still in progress. A finished compose is not fetched again: its state cannot go back. */
  unfinished(ids: readonly number[]): Promise<number[]>
  /**
   * Requests a compose. It starts in state `wait`, or has its present state if ODCS reuses an existing one. Not safe to
   * repeat after `OutcomeUnknown`, but a repeat only costs an unused compose that expires.
   */
  requestCompose(request: ComposeRequest): Promise<Compose>
  close(): Promise<void>
}

const COMPOSES = '/api/1/composes/'
const UNFINISHED_STATES: ReadonlySet<string> = new Set(['wait', 'generating'])

/** `url` is the root of the server, without the API path. */
export function createOdcsClient(options: OdcsOptions): OdcsClient {
  const { token, kerberos } = options
  const http = createHttpClient({
    ...options,
    service: 'odcs',
    headers: token ? { authorization: `Bearer ${token}` } : undefined,
    authorize: kerberos && createNegotiate(options.url, kerberos.principal),
  })
  const getCompose = (id: number) => http.jsonOrNull({ path: `${COMPOSES}${id}` }, composeSchema)
  const composes = async (ids: readonly number[]) =>
    new Map(await Promise.all([...new Set(ids)].map(async (id) => [id, await getCompose(id)] as const)))
  const ended = new Set<number>()
  return {
    getCompose,
    composes,
    unfinished: async (ids) => {
      const fetched = await composes(ids.filter((id) => !ended.has(id)))
      for (const [id, compose] of fetched)
        if (!compose || !UNFINISHED_STATES.has(compose.state)) ended.add(id)
      return ids.filter((id) => !ended.has(id))
    },
    requestCompose: (request) =>
      http.json({ method: 'POST', path: COMPOSES, json: composeBody(request) }, composeSchema),
    close: http.close,
  }
}
