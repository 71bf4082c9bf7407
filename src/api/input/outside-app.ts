/** Refuses requests that reach the app's server but cannot become requests of the app. */
import type { IncomingMessage } from 'node:http'
import { RequestError } from '@hono/node-server'
import { bodyOf, type RequestRefusal } from '../../lib/http/answer-malformed.ts'
import type { Logger } from '../../lib/log.ts'

/** The response to a request whose address and `Host` do not form a URL; any other error here is a fault of our own. */
export function answerOutsideApp(error: unknown, log: Logger): Response {
  if (error instanceof RequestError)
    return refuse({ status: 400, message: `The request is not valid HTTP: ${error.message}.` }, log)
  log.error({ err: error }, 'request failed')
  return answer({ status: 500, message: 'Internal error. The log has the details.' })
}

/** The response to a request that names no host, as HTTP/1.1 requires, or several; undefined: it names one. */
export function answerWrongHost(
  { httpVersion, rawHeaders }: IncomingMessage,
  log: Logger,
): Response | undefined {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host') hosts += 1
  // Node takes the first one; a proxy in front may have gone by another.
  if (hosts > 1) return refuse({ status: 400, message: 'The request has more than one Host header.' }, log)
  if (hosts === 1 || httpVersion !== '1.1') return undefined
  return refuse({ status: 400, message: 'The request has no Host header, which HTTP/1.1 requires.' }, log)
}

function refuse(refusal: RequestRefusal, log: Logger): Response {
  log.info(refusal, 'malformed request')
  return answer(refusal)
}

function answer(refusal: RequestRefusal): Response {
  const headers = { 'Content-Type': 'application/json' }
  return new Response(bodyOf(refusal), { status: refusal.status, headers })
}
