/** The id of a request: in its answer, in log lines, and in the log of calls that it causes. */
import { randomUUID } from 'node:crypto'

/** Where a client may send an id, and where it finds it in the answer. */
export const REQUEST_ID = 'X-Request-Id'

const USABLE = /^[\w\-=]{1,255}$/

/** The id that the client has sent, or a new one. */
export function requestIdFor(sent: string | undefined): string {
  return sent !== undefined && USABLE.test(sent) ? sent : randomUUID()
}
