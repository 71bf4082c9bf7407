/** HTTP client for upstream services: concurrency limit, deadline, retries by failure class, schema-checked answers. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ZodType } from 'zod'
import { createSlots } from '../async/slots.ts'
import { OutcomeUnknown } from '../errors.ts'
import { checkJson } from './answer.ts'
import { attemptOnce, createConnections } from './exchange.ts'
import type { CallFailure } from './failure.ts'
import type { HttpOptions } from './options.ts'
import { describeRequest, effectOf, type HttpAnswer, type HttpRequest } from './request.ts'
import { mayRepeat, retryDelayMs } from './retry.ts'

export type { ClientOptions, HttpCall } from './options.ts'

/**
 * All functions throw `UpstreamError`, or `OutcomeUnknown` when a write was sent but its answer was lost or
 * unreadable.
 */
export type HttpClient = {
  text(request: HttpRequest): Promise<HttpAnswer>
  /** The answer's JSON, checked against `schema`. */
  json<T>(request: HttpRequest, schema: ZodType<T>): Promise<T>
  /** Like `json`, but null for a 404. */
  jsonOrNull<T>(request: HttpRequest, schema: ZodType<T>): Promise<T | null>
  /** Waits for the calls in flight, then closes the connections. */
  close(): Promise<void>
}

// Any other error status means that the write was refused. These come from a gateway that stopped waiting: the service
// behind it may still have carried the write out.
const GATEWAY_STATUSES = new Set([408, 502, 504])

/** A client for one service. */
export function createHttpClient(options: HttpOptions): HttpClient {
  const connections = createConnections(options)
  const withSlot = createSlots(options.concurrency)

  async function call<T>(request: HttpRequest, read: (answer: HttpAnswer) => T): Promise<T> {
    const effect = effectOf(request)
    const attempts = request.attempts ?? options.retry.attempts
    for (let attempt = 1; ; attempt += 1) {
      const credentials = await options.authorize?.() // if this fails, it is not a failure of the service
      const headers = { ...request.headers, ...credentials }
      const outcome = await withSlot(() => attemptOnce(options, connections, { ...request, headers }, read))
      if ('value' in outcome) return outcome.value
      const { failure } = outcome
      const again = mayRepeat(failure, effect) || isStaleLogin(options, failure, attempt)
      if (attempt >= attempts || !again) throw toThrow(failure, effect)
      const delayMs = retryDelayMs(options.retry, attempt, Math.random(), failure.retryAfterMs)
      if (delayMs > (options.retry.maxDelayMs ?? Number.POSITIVE_INFINITY)) throw toThrow(failure, effect)
      options.log.warn(
        { attempt, delayMs: Math.round(delayMs), reason: failure.error.message },
        'retrying request',
      )
      await sleep(delayMs, undefined, { signal: request.signal }).catch(() => {
        throw toThrow(failure, effect) // the caller has given up
      })
    }
  }

  return {
    text: (request) => call(request, (answer) => answer),
    json: (request, schema) => call(request, (answer) => parseJson(options.service, request, answer, schema)),
    jsonOrNull: (request, schema) =>
      call({ ...request, accept: [...(request.accept ?? []), 404] }, (answer) =>
        answer.status === 404 ? null : parseJson(options.service, request, answer, schema),
      ),
    close: () => connections.plain.close(),
  }
}

/** Credentials may expire between calls, so the first 401 is retried with fresh ones: safe, the request was refused. */
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
