/** ODCS: repositories composed on demand for builds whose content is not shipped yet. */
import { UpstreamError } from '../../lib/errors.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { createNegotiate } from '../../lib/http/negotiate.ts'
import { type Compose, type ComposeRequest, composeBody, composeSchema } from './schema.ts'

/** Without `token` and `kerberos` composes can only be read. */
export type OdcsOptions = ClientOptions & { token?: string; kerberos?: { principal?: string } }

/** Reads are safe to repeat; everything rejects with `UpstreamError`. */
export type OdcsClient = {
  /** `null`: unknown compose. */
  getCompose(id: number): Promise<Compose | null>
  /** Each id is requested once. A compose that ODCS refuses to show, or whose record cannot be read, is missing. */
  composes(ids: readonly number[]): Promise<Map<number, Compose | null>>
  /** Those that are still being made. One that has ended is never requested again: its state is final. */
  unfinished(ids: readonly number[]): Promise<number[]>
  /**
   * Requests a compose, which then is in `wait`, or in the state of the one that ODCS reuses. Not safe to repeat after
   * `OutcomeUnknown`, though the cost is only an unused compose that expires.
   */
  requestCompose(request: ComposeRequest): Promise<Compose>
  /** Resolves when ODCS answers at all. */
  ping(): Promise<void>
  close(): Promise<void>
}

const COMPOSES = '/api/1/composes/'
const IN_THE_MAKING: ReadonlySet<string> = new Set(['wait', 'generating'])

/** `url` is the server without the API path. */
export function createOdcsClient(options: OdcsOptions): OdcsClient {
  const { token, kerberos } = options
  const http = createHttpClient({
    ...options,
    service: 'odcs',
    headers: token ? { authorization: `Bearer ${token}` } : undefined,
    authorize: kerberos && createNegotiate(options.url, kerberos.principal),
  })
  const getCompose = (id: number) => http.jsonOrNull({ path: `${COMPOSES}${id}` }, composeSchema)
  const composes = async (ids: readonly number[]) => {
    const found = await Promise.all([...new Set(ids)].map(async (id) => [id, await readable(id)] as const))
    return new Map(found.flatMap(([id, compose]) => (compose === undefined ? [] : [[id, compose] as const])))
  }
  const readable = async (id: number) => {
    try {
      return await getCompose(id)
    } catch (error) {
      if (error instanceof UpstreamError && error.blame === 'thing') return undefined
      throw error
    }
  }
  const ended = new Set<number>()
  return {
    getCompose,
    composes,
    unfinished: async (ids) => {
      const fetched = await composes(ids.filter((id) => !ended.has(id)))
      for (const [id, compose] of fetched) if (!compose || !IN_THE_MAKING.has(compose.state)) ended.add(id)
      return ids.filter((id) => !ended.has(id))
    },
    requestCompose: (request) =>
      http.json(
        { method: 'POST', path: COMPOSES, isFixedAddress: true, json: composeBody(request) },
        composeSchema,
      ),
    ping: async () => {
      await http.text({ path: COMPOSES, query: { per_page: 1 }, isFixedAddress: true })
    },
    close: http.close,
  }
}
