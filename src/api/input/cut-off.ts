/** Recognizes requests whose connection ended before they were complete. */
import type { Context } from 'hono'
import type { ApiEnv } from '../api.ts'

/** Whether it is such a request. The error that reading its body throws does not show it: a database that is down has the same code. */
export function isCutOff(c: Context<ApiEnv>): boolean {
  const incoming = c.env?.incoming
  return incoming !== undefined && !incoming.complete && Boolean(incoming.errored)
}

/** The text that is recorded; the client itself has gone. */
export const CUT_OFF = 'The connection was closed before the request body was complete.'
