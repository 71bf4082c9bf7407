/** Hands the connection of a response that is a stream over to that stream, once all its headers are known. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { ApiEnv } from '../api.ts'

/** A body that is a web stream would cost twice the memory, and would report a client that has gone late. */
export function handOver(response: Response, { outgoing, stream }: ApiEnv['Bindings']): Response {
  if (!outgoing || !stream) return response
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  stream(outgoing)
  return RESPONSE_ALREADY_SENT
}
