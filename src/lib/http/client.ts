/** HTTP client for upstream services: concurrency limit, deadline, retries by failure class, schema-checked responses. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ZodType } from 'zod'
import type { AttemptLimit } from '../async/attempt-limit.ts'
import { createKeyedSlots, createSlots } from '../async/slots.ts'
import { OutcomeUnknown, type UpstreamError } from '../errors.ts'
import { checkJson, checkSubject } from './answer.ts'
import { type AttemptOutcome, attemptOnce, createClientConnections } from './exchange.ts'
import type { CallFailure } from './failure.ts'
import type { HttpOptions } from './options.ts'
import { describeRequest, effectOf, type HttpAnswer, type HttpRequest } from './request.ts'
import { mayRetry, retryDelayMs } from './retry.ts'

export type { ClientOptions, HttpCall } from './options.ts'

/**
 * All functions throw `UpstreamError`, and `OutcomeUnknown` when a write was sent but its answer never came or could
 * not be read.
 */
export type HttpClient = {
  text(request: HttpRequest): Promise<HttpAnswer>
  /** The answer's JSON, checked. */
  json<T>(request: HttpRequest, schema: ZodType<T>): Promise<T>
  /** The same, and null for a 404 that says that the thing is unknown (`saysUnknown`). */
  jsonOrNull<T>(request: HttpRequest, schema: ZodType<T>): Promise<T | null>
  /** Ends idle connections after the calls in flight. */
  close(): Promise<void>
}

/** A client for one service. */
export function createHttpClient(options: HttpOptions): HttpClient {
  const connections = createClientConnections(options)
  const withSlot = createHostSlots(options)

  async function call<T>(request: HttpRequest, read: (answer: HttpAnswer) => T): Promise<T> {
    const effect = effectOf(request)
    const { limit, attempts = options.retry.attempts, maxDelayMs = Number.POSITIVE_INFINITY } = request
    for (let attempt = 1; ; attempt += 1) {
      const credentials = await options.authorize?.() // a failure here is not a failure of the service
      const headers = { ...request.headers, ...credentials }
      const outcome = await limited(limit, () =>
        withSlot(request, () => attemptOnce(options, connections, { ...request, headers }, read)),
      )
      if ('value' in outcome) return outcome.value
      const { failure } = outcome
      const again = mayRetry(failure, effect) || isStaleLogin(options, failure, attempt)
      if (attempt >= attempts || !again || limit?.isUsedUp()) throw toThrow(failure, effect)
      const delayMs = retryDelayMs(options.retry, attempt, Math.random(), failure.error.retryAfterMs)
      if (delayMs > maxDelayMs) throw toThrow(failure, effect)
      options.log.warn(
        {
          requestId: request.requestId,
          attempt,
          delayMs: Math.round(delayMs),
          reason: failure.error.message,
        },
        'retrying request',
      )
      await sleep(delayMs, undefined, { signal: request.signal }).catch(() => {
        throw toThrow(failure, effect) // the caller has given up
      })
    }
  }

  return {
    text: (request) => call(request, (answer) => answer),
    json: (request, schema) => call(request, (answer) => parseJson(options, request, answer, schema)),
    jsonOrNull: (request, schema) =>
      call({ ...request, accept: [...(request.accept ?? []), 404] }, (answer) =>
        answer.status === 404 ? null : parseJson(options, request, answer, schema),
      ),
    close: () => connections.plain.close(),
  }
}

/** A host that does not answer must not keep requests to another one waiting; paths of a client without `url` name their host. */
function createHostSlots({ url, concurrency, totalConcurrency }: HttpOptions) {
  const ofHost = createKeyedSlots(concurrency)
  const ofAll = createSlots(totalConcurrency ?? Number.POSITIVE_INFINITY)
  return <T>({ path }: HttpRequest, attempt: () => Promise<T>) =>
    ofHost(url === '' ? (URL.parse(path)?.host ?? '') : '', () => ofAll(attempt))
}

/** Counts the attempt; only trouble of the service uses the limit up. */
async function limited<T>(
  limit: AttemptLimit | undefined,
  attempt: () => Promise<AttemptOutcome<T>>,
): Promise<AttemptOutcome<T>> {
  await limit?.begin()
  let failure: Error | undefined
  try {
    const outcome = await attempt()
    if ('failure' in outcome && outcome.failure.error.blame === 'service') failure = outcome.failure.error
    return outcome
  } finally {
    limit?.end(failure)
  }
}

/** Credentials can expire between two calls; the first 401 is retried with fresh ones. It was refused, so that is safe. */
function isStaleLogin(options: HttpOptions, failure: CallFailure, attempt: number): boolean {
  return options.authorize !== undefined && failure.error.status === 401 && attempt === 1
}

function parseJson<T>(
  { service, onUnreadable: report }: HttpOptions,
  request: HttpRequest,
  { status, text }: HttpAnswer,
  schema: ZodType<T>,
): T {
  // What changes something was refused or carried out, whatever its answer looks like: the caller finds out.
  const isFixedAddress = request.isFixedAddress && effectOf(request) === 'read'
  const origin = { service, what: describeRequest(request), status, isFixedAddress, report }
  const answer = checkJson(origin, schema, text)
  const id: unknown = Reflect.get(Object(answer), 'id')
  if (request.subject !== undefined && typeof id === 'number') checkSubject(origin, request.subject, id)
  return answer
}

function toThrow(failure: CallFailure, effect: 'read' | 'write'): Error {
  const { error, maybeSent } = failure
  if (effect === 'read' || !maybeSent || isRefusal(error)) return error
  return new OutcomeUnknown(`${error.message}; it may have been carried out`, { cause: error })
}

/**
 * A write that was refused was not carried out. A 408 or 5xx does not say so, because a proxy may give up on a service that has already
 * done it, and a 303 leads to what has become of it.
 */
function isRefusal({ failure, status = 0 }: UpstreamError): boolean {
  return failure === 'status' && status < 500 && status !== 408 && status !== 303
}
