/** Requests a compose; when the answer is lost or cannot be read, the compose is looked for before it is requested again. */
import { isOdd, OutcomeUnknown, troubleOf } from '../../lib/errors.ts'
import type { HttpClient } from '../../lib/http/client.ts'
import {
  type Compose,
  type ComposeRequest,
  composeBody,
  isMadeFor,
  listSchema,
  requestedSchema,
} from './schema.ts'

/** The address of the composes. */
export const COMPOSES = '/api/1/composes/'
/** Composes on a page of the list. */
const PER_PAGE = 50
/** More than other clients request while a request waits to be repeated; older composes are not searched. */
const MAX_PAGES = 20

/**
 * What was there before a compose was first requested: the `newest` compose, null where it cannot be read. `maybeSent`: the request may
 * have been sent since, so that its compose is looked for first.
 */
export type Before = { newest: number | null; maybeSent: boolean }

/** The compose. Rejects with `OutcomeUnknown` when it may have been requested and is not among the newest ones. */
export async function requestCompose(
  http: HttpClient,
  request: ComposeRequest,
  before?: Before,
): Promise<Compose> {
  const { newest, maybeSent } = before ?? { newest: await newestId(http), maybeSent: false }
  const left = maybeSent ? await findMade(http, request, newest) : undefined
  if (left) return left
  const json = composeBody(request)
  try {
    const post = { method: 'POST', path: COMPOSES, isFixedAddress: true, json } as const
    return await http.json(post, requestedSchema(request))
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error
    const made = await findMade(http, request, newest).catch(() => undefined) // the lost answer is the failure to report
    if (made) return made
    throw error
  }
}

/** The id of the newest compose. Ids only grow, so a higher one was requested later, regardless of clocks. Null: not known. */
export async function newestId(http: HttpClient): Promise<number | null> {
  const newest = await list(http, { per_page: 1 })
  return newest && newest.unreadable.length === 0 ? (newest.read[0]?.compose.id ?? 0) : null
}

/** A newer compose of the same content. Another client's would do as well: it was requested after ours was needed. */
async function findMade(
  http: HttpClient,
  request: ComposeRequest,
  newest: number | null,
): Promise<Compose | undefined> {
  if (newest === null) return undefined
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const composes = await list(http, { per_page: PER_PAGE, page })
    if (!composes) return undefined
    const { read, unreadable } = composes
    const newer = read.filter(({ compose }) => compose.id > newest)
    const made = newer.find((item) => isMadeFor(item, request))
    if (made) return made.compose
    if (newer.length < read.length || read.length + unreadable.length < PER_PAGE) return undefined
  }
  return undefined
}

/** Composes, newest first; null: the list cannot be read. */
async function list(http: HttpClient, paging: { per_page: number; page?: number }) {
  const query = { order_by: '-id', ...paging }
  try {
    return await http.json({ path: COMPOSES, query, isFixedAddress: true }, listSchema)
  } catch (error) {
    if (troubleOf(error) && !isOdd(error)) throw error
    return null
  }
}
