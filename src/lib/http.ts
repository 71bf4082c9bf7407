/** The HTTP client under every outside service: bounded, timed, retried by class of failure, and strict in what it takes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Dispatcher, interceptors, request as send } from 'undici'
import type { ZodType } from 'zod'
import { OutcomeUnknown, UpstreamError, type UpstreamFailure } from './errors.ts'
import { checkJson } from './http-answer.ts'
import { answerFailure, type CallFailure, statusFailure, thrownFailure } from './http-failure.ts'
import { mayRepeat, type RetryRule, retryDelayMs } from './http-retry.ts'
import { createSlots } from './http-slots.ts'
import type { Logger } from './log.ts'

/** One attempt that ended, for metrics. */
export type HttpCall = { service: string; outcome: 'ok' | UpstreamFailure; ms: number }

/** What every client of an outside service is created with. */
export type ClientOptions = {
  /** Base URL; the paths of requests are appended to it as they are, and an empty path means this very address. */
  url: string
  /** For one attempt, from sending to the last byte of the answer. */
  timeoutMs: number
  /** Calls in flight to this service at once; more wait. */
  concurrency: number
  retry: RetryRule
  /** Client certificate and trusted authorities, as PEM text. */
  tls?: { cert?: string; key?: string; ca?: string; rejectUnauthorized?: boolean }
  /** Larger answers are refused. Default 64 MiB. */
  maxBodyBytes?: number
  onCall?: (call: HttpCall) => void
  log: Logger
}

/** `ClientOptions` completed by the client itself. */
export type HttpOptions = ClientOptions & {
  /** The name in errors, logs and metrics. */
  service: string
  headers?: Record<string, string>
  /** Asked for fresh credentials before every attempt, since Negotiate tokens are good for one request only. */
  authorize?: () => Promise<Record<string, string>>
}

/** One request. Only what `effect` calls a write is protected from being carried out twice. */
type HttpRequest = {
  path: string
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  query?: Record<string, string | number | boolean>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  body?: { type: string; text: string }
  headers?: Record<string, string>
  /** Default: GET reads, everything else writes. A search by POST must say it is a read. */
  effect?: 'read' | 'write'
  /** Statuses beside 2xx that are answers and not failures. */
  accept?: number[]
  /** Overrides the client's number of attempts. */
  attempts?: number
  signal?: AbortSignal
}

/** An answer as it came; `headers` have lower-case names. */
type HttpAnswer = {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

/**
 * All functions throw `UpstreamError`, and `OutcomeUnknown` when a write was sent but its answer never came or could
 * not be read.
 */
export type HttpClient = {
  text(request: HttpRequest): Promise<HttpAnswer>
  /** The answer's JSON, checked. */
  json<T>(request: HttpRequest, schema: ZodType<T>): Promise<T>
  /** The same, and null for 404. */
  jsonOrNull<T>(request: HttpRequest, schema: ZodType<T>): Promise<T | null>
  /** Ends idle connections after the calls in flight. */
  close(): Promise<void>
}

const MAX_BODY_BYTES = 64 * 1024 * 1024
const REDIRECTS_OF_READS = 5
// A refused write may be sent again: these say that a gateway gave up, not that nothing was done.
const GATEWAY_STATUSES = new Set([408, 502, 504])

/** A client for one service. */
export function createHttpClient(options: HttpOptions): HttpClient {
  const agent = createAgent(options)
  const following = agent.compose(interceptors.redirect({ maxRedirections: REDIRECTS_OF_READS }))
  const withSlot = createSlots(options.concurrency)

  async function call<T>(request: HttpRequest, read: (answer: HttpAnswer) => T): Promise<T> {
    const effect = effectOf(request)
    const attempts = request.attempts ?? options.retry.attempts
    for (let attempt = 1; ; attempt += 1) {
      // A redirected POST would turn into a GET and lose its body.
      const dispatcher = effect === 'read' && !contentOf(request) ? following : agent
      const credentials = await options.authorize?.() // a failure to get them is not one of the service
      const headers = { ...request.headers, ...credentials }
      const outcome = await withSlot(() => attemptOnce(options, dispatcher, { ...request, headers }, read))
      if ('value' in outcome) return outcome.value
      const { failure } = outcome
      const again = mayRepeat(failure, effect) || isStaleLogin(options, failure, attempt)
      if (attempt >= attempts || !again) throw toThrow(failure, effect)
      const delayMs = retryDelayMs(options.retry, attempt, Math.random(), failure.retryAfterMs)
      options.log.warn(
        { attempt, delayMs: Math.round(delayMs), reason: failure.error.message },
        'asking again',
      )
      await sleep(delayMs)
    }
  }

  return {
    text: (request) => call(request, (answer) => answer),
    json: (request, schema) => call(request, (answer) => parseJson(options.service, request, answer, schema)),
    jsonOrNull: (request, schema) =>
      call({ ...request, accept: [...(request.accept ?? []), 404] }, (answer) =>
        answer.status === 404 ? null : parseJson(options.service, request, answer, schema),
      ),
    close: () => agent.close(),
  }
}

function createAgent({ concurrency, timeoutMs, tls, maxBodyBytes }: HttpOptions): Agent {
  return new Agent({
    connections: Math.max(1, concurrency),
    pipelining: 1,
    allowH2: false,
    maxResponseSize: maxBodyBytes ?? MAX_BODY_BYTES,
    headersTimeout: 0, // the signal of each attempt measures the whole of it
    bodyTimeout: 0,
    // Ends before the attempt does, so that a connection never made is told from an answer that never came.
    connect: { ...tls, timeout: Math.min(10_000, timeoutMs / 2) },
  })
}

type Outcome<T> = { value: T } | { failure: CallFailure }

async function attemptOnce<T>(
  options: HttpOptions,
  dispatcher: Dispatcher,
  request: HttpRequest,
  read: (answer: HttpAnswer) => T,
): Promise<Outcome<T>> {
  const started = performance.now()
  const outcome = await outcomeOf(options, dispatcher, request, read)
  const ended = 'failure' in outcome ? outcome.failure.error.failure : 'ok'
  options.onCall?.({ service: options.service, outcome: ended, ms: performance.now() - started })
  return outcome
}

async function outcomeOf<T>(
  options: HttpOptions,
  dispatcher: Dispatcher,
  request: HttpRequest,
  read: (answer: HttpAnswer) => T,
): Promise<Outcome<T>> {
  const what = describeRequest(request)
  let answer: HttpAnswer
  try {
    answer = await exchange(options, dispatcher, request)
  } catch (thrown) {
    return { failure: thrownFailure(options.service, what, thrown, options.timeoutMs) }
  }
  const expected = (answer.status >= 200 && answer.status < 300) || request.accept?.includes(answer.status)
  if (!expected) return { failure: statusFailure(options.service, what, answer, Date.now()) }
  try {
    return { value: read(answer) }
  } catch (thrown) {
    if (thrown instanceof UpstreamError) return { failure: answerFailure(thrown) }
    throw thrown
  }
}

async function exchange(
  options: HttpOptions,
  dispatcher: Dispatcher,
  request: HttpRequest,
): Promise<HttpAnswer> {
  const signals = [AbortSignal.timeout(options.timeoutMs), ...(request.signal ? [request.signal] : [])]
  const signal = AbortSignal.any(signals)
  signal.throwIfAborted()
  const content = contentOf(request)
  const answer = await send(addressOf(options, request), {
    dispatcher,
    method: request.method ?? 'GET',
    query: request.query,
    headers: {
      accept: 'application/json, */*;q=0.5',
      ...options.headers,
      ...(content && { 'content-type': content.type }),
      ...request.headers,
    },
    body: content?.text,
    signal,
  })
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
}

/** Some services have one address, and whether it ends in a slash matters to them; others have a root. */
function addressOf({ url }: HttpOptions, { path }: HttpRequest): string {
  return path === '' ? url : url.replace(/\/+$/, '') + path
}

function contentOf(request: HttpRequest): { type: string; text: string } | undefined {
  return request.json === undefined
    ? request.body
    : { type: 'application/json', text: JSON.stringify(request.json) }
}

function effectOf(request: HttpRequest): 'read' | 'write' {
  return request.effect ?? ((request.method ?? 'GET') === 'GET' ? 'read' : 'write')
}

/** Method and path without the query, which may be long and, with old Koji hubs, holds the session key. */
function describeRequest({ method = 'GET', path }: HttpRequest): string {
  return `${method} ${path || '/'}`
}

/** Credentials can run out between two calls; the first 401 is answered with fresh ones. It was refused, so it is safe. */
function isStaleLogin(options: HttpOptions, failure: CallFailure, attempt: number): boolean {
  return options.authorize !== undefined && failure.error.status === 401 && attempt === 1
}

function parseJson<T>(
  service: string,
  request: HttpRequest,
  { status, text }: HttpAnswer,
  schema: ZodType<T>,
): T {
  return checkJson({ service, what: describeRequest(request), status }, schema, text)
}

function toThrow(failure: CallFailure, effect: 'read' | 'write'): Error {
  const { error, maybeSent } = failure
  const answered = error.failure === 'status' && !GATEWAY_STATUSES.has(error.status ?? 0)
  if (effect === 'read' || !maybeSent || answered) return error
  return new OutcomeUnknown(`${error.message}; it may have been carried out`, { cause: error })
}
