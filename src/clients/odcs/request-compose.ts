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
/** Composes that others request at the same moment are among the newest too. */
const LOOKED_AT = 50

/** The compose. Rejects with `OutcomeUnknown` when it may have been requested and is not among the newest ones. */
export async function requestCompose(http: HttpClient, request: ComposeRequest): Promise<Compose> {
  const newest = await newestId(http)
  const json = composeBody(request)
  try {
    return await http.json({ method: 'POST', path: COMPOSES, isFixedAddress: true, json }, requestedSchema)
  } catch (error) {
    const made = error instanceof OutcomeUnknown ? await findMade(http, request, newest) : undefined
    if (made) return made
    throw error
  }
}

/** Ids only grow: what is newer was requested later, by whatever clock. Null: not known. */
async function newestId(http: HttpClient): Promise<number | null> {
  const newest = await list(http, 1)
  return newest && newest.unreadable.length === 0 ? (newest.read[0]?.compose.id ?? 0) : null
}

/** A newer compose of the same content. Another client's would do as well: it was requested after ours was needed. */
async function findMade(
  http: HttpClient,
  request: ComposeRequest,
  newest: number | null,
): Promise<Compose | undefined> {
  if (newest === null) return undefined
  const composes = await list(http, LOOKED_AT).catch(() => null) // the lost answer is the failure to report
  return composes?.read.find((item) => item.compose.id > newest && isMadeFor(item, request))?.compose
}

/** The newest composes, newest first; null: the list cannot be read. */
async function list(http: HttpClient, count: number) {
  const query = { order_by: '-id', per_page: count }
  try {
    return await http.json({ path: COMPOSES, query, isFixedAddress: true }, listSchema)
  } catch (error) {
    if (troubleOf(error) && !isOdd(error)) throw error
    return null
  }
}
