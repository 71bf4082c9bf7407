/** ODCS: repositories composed on demand for builds whose content is not shipped yet. */
import type { BatchResult } from '../../lib/async/batch.ts'
import { isOdd, NotVerifiable } from '../../lib/errors.ts'
import { hasBody } from '../../lib/http/answer.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { createNegotiate, negotiateWith } from '../../lib/http/negotiate.ts'
import { type Before, COMPOSES, newestId, requestCompose } from './request-compose.ts'
import { type Compose, type ComposeRequest, composeSchema, listSchema, refusalSchema } from './schema.ts'

/** Without `token` and `kerberos` composes can only be read. */
export type OdcsOptions = ClientOptions & { token?: string; kerberos?: { principal?: string } }

/** Reads are safe to repeat; everything rejects with `UpstreamError`. */
export type OdcsClient = {
  /** `null`: unknown compose. */
  getCompose(id: number): Promise<Compose | null>
  /** Each id is requested once, and a failure about one compose does not touch the others. Never rejects. */
  composes(ids: readonly number[]): Promise<Map<number, BatchResult<Compose | null>>>
  /**
   * The composes that builds cannot use, because they are still being made or are unknown. One that has ended is not fetched again: its
   * state is final. @throws NotVerifiable when one of them cannot be read
   */
  unusable(ids: readonly number[]): Promise<{ unfinished: number[]; unknown: number[] }>
  /** The id of the newest compose, 0 without any. Null: the list of composes cannot be read. */
  newestId(): Promise<number | null>
  /**
   * Requests a compose, which then is in `wait`, or in the state of the one that ODCS reuses. Safe to repeat with what was there
   * `before` the first request: a compose that is newer and has the same content is returned. Without it, a repeat after
   * `OutcomeUnknown` may leave an unused compose, which expires.
   */
  requestCompose(request: ComposeRequest, before?: Before): Promise<Compose>
  /** Resolves when ODCS answers with a list of composes: a page of an error or an empty answer is trouble too. */
  ping(): Promise<void>
  close(): Promise<void>
}

const IN_THE_MAKING: ReadonlySet<string> = new Set(['wait', 'generating'])

/** `url` is the server without the API path. */
export function createOdcsClient(options: OdcsOptions): OdcsClient {
  const { token, kerberos } = options
  const http = createHttpClient({
    ...options,
    service: 'odcs',
    saysUnknown: hasBody(refusalSchema),
    headers: token ? { authorization: `Bearer ${token}` } : undefined,
    authorize: kerberos && negotiateWith('odcs', createNegotiate(options.url, kerberos.principal)),
  })
  const getCompose = (id: number) => http.jsonOrNull({ path: `${COMPOSES}${id}`, subject: id }, composeSchema)
  const readCompose = async (id: number): Promise<[number, BatchResult<Compose | null>]> => {
    try {
      return [id, { ok: true, value: await getCompose(id) }]
    } catch (error) {
      return [id, { ok: false, error: error as Error }] // the client throws nothing else
    }
  }
  const composes = async (ids: readonly number[]) => {
    const answers = new Map(await Promise.all([...new Set(ids)].map(readCompose)))
    const unreadable = [...answers].flatMap(([id, answer]) =>
      answer.ok || !isOdd(answer.error) ? [] : [{ path: String(id), message: answer.error.message }],
    )
    if (unreadable.length > 0)
      options.onUnreadable?.({ service: 'odcs', what: `GET ${COMPOSES}`, unreadable })
    return answers
  }
  const ended = new Set<number>()
  return {
    getCompose,
    composes,
    unusable: async (ids) => {
      const fetched = await composes(ids.filter((id) => !ended.has(id)))
      const [unfinished, unknown] = [new Set<number>(), new Set<number>()]
      for (const [id, answer] of fetched) {
        if (!answer.ok) throw isOdd(answer.error) ? new NotVerifiable(answer.error.message) : answer.error
        if (!answer.value) unknown.add(id)
        else (IN_THE_MAKING.has(answer.value.state) ? unfinished : ended).add(id)
      }
      return { unfinished: [...unfinished], unknown: [...unknown] }
    },
    newestId: () => newestId(http),
    requestCompose: (request, before) => requestCompose(http, request, before),
    ping: async () => {
      await http.json({ path: COMPOSES, query: { per_page: 1 }, isFixedAddress: true }, listSchema)
    },
    close: http.close,
  }
}
