/** Error responses, each in the body format of the requested API (behaviour/freshmaker 3.1). */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { DecisionError, type DecisionFault } from '../domain/gate/request/decision-error.ts'
import { type RefusalKind, RequestRefused } from '../domain/rebuild/intake/request-refused.ts'
import { messageOf, NotReady, UpstreamError } from '../lib/errors.ts'
import { type Logger, withoutCredentials } from '../lib/log.ts'
import { storeOutage } from '../lib/stores/store-outage.ts'
import { recordedTraceId } from '../lib/tracing/carrier.ts'
import { XmlRpcFault } from '../lib/xmlrpc/index.ts'
import { type ExplanationJson, explanationJson } from '../present/gate/explanation.ts'
import { type Api, type ApiEnv, GATE_ROOT } from './api.ts'
import { CUT_OFF, isCutOff } from './input/cut-off.ts'

const REASONS: Partial<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

const REFUSAL_STATUSES = {
  invalid: 400,
  'key-reused': 422,
} as const satisfies Record<RefusalKind, ContentfulStatusCode>

const DECISION_STATUSES = {
  'bad-request': 400,
  'not-found': 404,
  'not-json': 415,
  'upstream-failed': 502,
  'upstream-timeout': 504,
} as const satisfies Record<DecisionFault, ContentfulStatusCode>

const NO_SUCH_URL =
  'The requested URL was not found on the server. ' +
  'If you entered the URL manually please check your spelling and try again.'
const WRONG_METHOD = 'The method is not allowed for the requested URL.'
const INTERNAL_ERROR =
  'The server encountered an internal error and was unable to complete your request. ' +
  'Either the server is overloaded or there is an error in the application.'

/** The `Retry-After` of requests that failed because the database or the store of the queues is down. */
const STORE_RETRY_S = 5

/** Ends a request with an error; `message` is sent to the client, `reason` in place of the status's own. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: ContentfulStatusCode
  readonly reason: string | undefined
  constructor(status: ContentfulStatusCode, message: string, reason?: string) {
    super(message)
    this.status = status
    this.reason = reason
  }
}

/** The error for an item that does not exist: `No such event found.` */
export function notFound(message: string): ApiError {
  return new ApiError(404, message)
}

/** The error for a path that matches no route, also because its id is not a number. */
export function unknownUrl(): ApiError {
  return new ApiError(404, `404 Not Found: ${NO_SUCH_URL}`)
}

/** Invalid arguments end with 400 and the text of the first one; an invalid id in the path is an unknown URL. */
export function onBadArguments(
  result: { success: true } | { success: false; target: string; error: { issues: { message: string }[] } },
): void {
  if (result.success) return
  if (result.target === 'param') throw unknownUrl()
  throw new ApiError(400, result.error.issues[0]?.message ?? 'Invalid arguments.')
}

/** Adds the responses for unknown URLs, wrong methods and thrown errors. */
export function addErrorAnswers(app: Api, log: Logger): void {
  app.notFound((c) => {
    const allowed = allowedMethods(app, c.req.path)
    if (allowed.length === 0) return answerBare(c, 404, NO_SUCH_URL)
    c.header('Allow', allowed.join(', '))
    if (c.req.method !== 'OPTIONS') return answerBare(c, 405, WRONG_METHOD)
    return c.body(null, 200)
  })
  app.onError((error, c) => answerError(log, error, c))
}

/** The answer to an error that a route has thrown; faults of our own are logged. */
export function answerError(log: Logger, error: Error, c: Context<ApiEnv>): Response {
  if (error instanceof ApiError) return answer(c, error.status, error.message, { reason: error.reason })
  if (error instanceof DecisionError) return answerDecisionError(log, error, c)
  if (error instanceof RequestRefused) return answer(c, REFUSAL_STATUSES[error.kind], error.message)
  if (error instanceof UpstreamError) return answer(c, error.failure === 'timeout' ? 504 : 502, error.message)
  if (error instanceof XmlRpcFault) return answer(c, 502, `koji: ${error.message}`)
  if (error instanceof NotReady) {
    c.header('Retry-After', String(Math.ceil(error.retryInMs / 1000)))
    return answer(c, 503, error.message)
  }
  if (error instanceof HTTPException) return answer(c, error.status, error.message)
  if (isCutOff(c)) return answer(c, 400, CUT_OFF)
  const requestId = c.get('requestId')
  const about = { requestId, method: c.req.method, path: c.req.path, ...c.get('about') }
  const away = storeOutage(error)
  if (away) {
    log.warn({ ...about, reason: messageOf(error) }, 'request failed')
    c.header('Retry-After', String(STORE_RETRY_S))
    return answer(c, 503, away)
  }
  log.error({ ...about, err: error }, 'request failed')
  if (isGate(c)) return answer(c, 500, INTERNAL_ERROR)
  return answer(c, 500, `Internal error. The log has the details under request id ${requestId}.`)
}

/** A decision that could not be made: faults of the request itself are logged at level debug. */
function answerDecisionError(log: Logger, error: DecisionError, c: Context<ApiEnv>): Response {
  const { kind, explanation: found } = error
  const message = withoutCredentials(error.message)
  const cause = error.cause === undefined ? undefined : withoutCredentials(messageOf(error.cause))
  const about = { requestId: c.get('requestId'), ...c.get('about') }
  log[kind.startsWith('upstream') ? 'warn' : 'debug'](
    { ...about, kind, reason: message, cause },
    'no decision',
  )
  const explanation = found ? explanationJson(found, { cause, traceId: recordedTraceId() }) : cause
  return answer(c, DECISION_STATUSES[kind], message, { explanation })
}

/**
 * `reason` stands in for the status's own; `explanation` is the cause behind a message of the gate that must not change, or
 * the whole explanation that was requested.
 */
function answer(
  c: Context<ApiEnv>,
  status: ContentfulStatusCode,
  message: string,
  {
    reason = REASONS[status] ?? 'Error',
    explanation,
  }: { reason?: string; explanation?: string | ExplanationJson } = {},
): Response {
  // The rest of the body is not read, so the connection cannot be reused.
  if (status === 413) c.header('Connection', 'close')
  if (isGate(c)) return c.json({ message, explanation }, status)
  const traceId = c.req.path.startsWith('/api/2/') ? recordedTraceId() : undefined
  return c.json({ error: reason, message, status, trace_id: traceId }, status)
}

/** Errors that no route raised: the rebuild APIs prefix the text with status and reason, like the original. */
function answerBare(c: Context<ApiEnv>, status: 404 | 405, message: string): Response {
  return answer(c, status, isGate(c) ? message : `${status} ${REASONS[status]}: ${message}`)
}

function isGate(c: Context<ApiEnv>): boolean {
  return c.req.path.startsWith(`${GATE_ROOT}/`)
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** The methods that have a route at this path; middleware, which matches every method, does not count. */
function allowedMethods(app: Api, path: string): string[] {
  const routed = METHODS.filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method),
  )
  if (routed.length === 0) return []
  return [...routed, ...(routed.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
}
