/** One XML-RPC exchange with the hub, and which of its failures are transient (behaviour/koji 1). */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AttemptLimit } from '../../../lib/async/attempt-limit.ts'
import { messageOf, OutcomeUnknown, retryAfterMsOf, UpstreamError } from '../../../lib/errors.ts'
import type { Behalf } from '../../../lib/http/behalf.ts'
import type { HttpClient } from '../../../lib/http/client.ts'
import { type RetryRule, retryDelayMs } from '../../../lib/http/retry.ts'
import type { Logger } from '../../../lib/log.ts'
import {
  decodeResponse,
  encodeCall,
  XmlRpcFault,
  type XmlRpcInput,
  XmlRpcSyntaxError,
  type XmlRpcValue,
} from '../../../lib/xmlrpc/index.ts'
import { callAttributes } from './call-attributes.ts'
import { FAULT, isWithoutMultiCall, KojiFault } from './fault.ts'

/** A method with its parameters. */
export type Call = { method: string; params: XmlRpcInput[] }

/** How a call travels: below which path, as whom, and whether it changes something. */
export type Envelope = {
  path?: string
  headers?: Record<string, string>
  query?: Record<string, string | number>
  /** Ends the call when its caller has given up. */
  signal?: AbortSignal
  effect: 'read' | 'write'
}

/**
 * Sends a call once. Throws `KojiFault` when the hub refuses it, `UpstreamError` when it did not arrive or was not
 * answered, and for a write `OutcomeUnknown` when it may have been carried out all the same.
 */
export type Post = (call: Call, envelope: Envelope) => Promise<XmlRpcValue>

/** `Post` over HTTP; never repeats a call, because only the caller knows how to do that safely. */
export function createPost(http: HttpClient): Post {
  return async ({ method, params }, { path = '', headers, query, signal, effect }) => {
    const body = { type: 'text/xml', text: encodeCall(method, params) }
    const answer = await http.text({
      label: method,
      method: 'POST',
      path,
      headers,
      query,
      body,
      effect,
      signal,
      isFixedAddress: true,
      attributes: callAttributes({ method, params }),
      attempts: 1,
    })
    return readAnswer(method, answer.text, effect)
  }
}

/** How calls are repeated, and where that is logged. */
export type Repetition = { retry: RetryRule; log: Logger }

/** Makes a call that is harmless to repeat, until it is answered, the attempts are used up or the caller gives up. */
export async function retryTransient<T>(
  { retry, log }: Repetition,
  attemptOnce: () => Promise<T>,
  { signal, requestId, limit, maxDelayMs = Number.POSITIVE_INFINITY }: Behalf = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await limited(limit, attemptOnce)
    } catch (error) {
      const isLast = attempt >= retry.attempts || limit?.isUsedUp()
      if (isLast || !mayPass(error) || signal?.aborted) throw error
      const delayMs = retryDelayMs(retry, attempt, Math.random(), retryAfterMsOf(error))
      if (delayMs > maxDelayMs) throw error
      const fields = { requestId, attempt, delayMs: Math.round(delayMs), reason: messageOf(error) }
      log.warn(fields, 'retrying request')
      await sleep(delayMs, undefined, { signal }).catch(() => {
        throw error // the caller has given up
      })
    }
  }
}

/** Faults that mean trouble of the hub count like an HTTP failure; any other answer shows that it works. */
async function limited<T>(limit: AttemptLimit | undefined, attemptOnce: () => Promise<T>): Promise<T> {
  await limit?.begin()
  let failure: Error | undefined
  try {
    return await attemptOnce()
  } catch (error) {
    if (error instanceof Error && mayPass(error)) failure = error
    throw error
  } finally {
    limit?.end(failure)
  }
}

/** Whether a retry may succeed a moment later; the hub reports "offline" as a fault, the web server in front as a status. */
export function mayPass(error: unknown): boolean {
  if (error instanceof OutcomeUnknown) return true
  if (error instanceof UpstreamError) return error.failure !== 'bad-answer' && error.blame === 'service'
  if (isWithoutMultiCall(error)) return false
  return error instanceof KojiFault && error.blame === 'service' && error.code !== FAULT.retry
}

function readAnswer(method: string, xml: string, effect: 'read' | 'write'): XmlRpcValue {
  try {
    return decodeResponse(xml)
  } catch (error) {
    if (error instanceof XmlRpcFault) throw faultOf(method, error)
    if (!(error instanceof XmlRpcSyntaxError)) throw error
    const unreadable = new UpstreamError({
      service: 'koji',
      failure: 'bad-answer',
      detail: `${method}: ${messageOf(error)}`,
      status: 200,
      body: xml,
    })
    throw effect === 'read'
      ? unreadable
      : new OutcomeUnknown(`${unreadable.message}; it may have been carried out`, { cause: unreadable })
  }
}

/** Each call of a multicall has a fault of its own: a fault of the whole is not about any of the things in it. */
function faultOf(method: string, { code, text }: XmlRpcFault): KojiFault | UpstreamError {
  const fault = new KojiFault(code, text)
  if (method !== 'multiCall' || fault.blame !== 'thing') return fault
  return new UpstreamError({
    service: 'koji',
    failure: 'bad-answer',
    detail: `${method}: ${fault.message}`,
    status: 200,
  })
}
