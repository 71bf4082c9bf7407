/** Refuses requests that reach the app's server but cannot become requests of the app. */
import { RequestError } from '@hono/node-server'
import { bodyOf, type Refusal } from '../../lib/http/answer-malformed.ts'
import type { Logger } from '../../lib/log.ts'

/** The response to a request whose address or `Host` no URL can be made of; any other error here is a fault of our own. */
export function answerOutsideApp(error: unknown, log: Logger): Response {
  if (error instanceof RequestError)
    return refuse({ status: 400, message: `The request is not valid HTTP: ${error.message}.` }, log)
  log.error({ err: error }, 'request failed')
  return answer({ status: 500, message: 'Internal error. The log has the details.' })
}

/** The response to a request of HTTP/1.1 that names no host. */
export function answerWithoutHost(log: Logger): Response {
  return refuse({ status: 400, message: 'The request has no Host header, which HTTP/1.1 requires.' }, log)
}

function refuse(refusal: Refusal, log: Logger): Response {
  log.info(refusal, 'malformed request')
  return answer(refusal)
}

function answer(refusal: Refusal): Response {
  const headers = { 'Content-Type': 'application/json' }
  return new Response(bodyOf(refusal), { status: refusal.status, headers })
}
