/** One XML-RPC exchange with the hub, and which of its failures are transient (behaviour/koji 1). */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, OutcomeUnknown, UpstreamError } from '../../../lib/errors.ts'
import type { HttpClient } from '../../../lib/http/client.ts'
import { type RetryRule, retryDelayMs } from '../../../lib/http/retry.ts'
import {
  decodeResponse,
  encodeCall,
  type XmlRpcInput,
  XmlRpcSyntaxError,
  type XmlRpcValue,
} from '../../../lib/xmlrpc/index.ts'
import { FAULT, isFault } from './fault.ts'

/** A method with its parameters. */
export type Call = { method: string; params: XmlRpcInput[] }

/** How a call is sent: the path, the session, and whether it changes something. */
export type Envelope = {
  path?: string
  headers?: Record<string, string>
  query?: Record<string, string | number>
  /** Aborts the call when the caller gives up. */
  signal?: AbortSignal
  effect: 'read' | 'write'
}

/**
 * Sends a call once. Throws `KojiFault` if the hub refuses it, `UpstreamError` if it did not arrive or was not
 * answered, and for a write `OutcomeUnknown` if it may have been carried out nevertheless.
 */
export type Post = (call: Call, envelope: Envelope) => Promise<XmlRpcValue>

/** `Post` over HTTP. Never retries: only the caller knows how to make that safe. */
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
      attempts: 1,
    })
    return readAnswer(method, answer.text, effect)
  }
}

/** Retries a harmless call after transient failures, until the attempts are used up or the caller gives up. */
export async function repeatTransient<T>(
  rule: RetryRule,
  attemptOnce: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce()
    } catch (error) {
      if (attempt >= rule.attempts || !isTransientHubError(error) || signal?.aborted) throw error
      await sleep(retryDelayMs(rule, attempt, Math.random()))
    }
  }
}

/** Whether a retry may succeed shortly. The hub reports "offline" as a fault, the web server before it as a status. */
export function isTransientHubError(error: unknown): boolean {
  if (error instanceof OutcomeUnknown) return true
  if (error instanceof UpstreamError) return error.failure !== 'bad-answer' && isTransientStatus(error.status)
  return isFault(error, FAULT.serverOffline)
}

function isTransientStatus(status: number | undefined): boolean {
  return status === undefined || status >= 500 || status === 408 || status === 429
}

function readAnswer(method: string, xml: string, effect: 'read' | 'write'): XmlRpcValue {
  try {
    return decodeResponse(xml)
  } catch (error) {
    if (!(error instanceof XmlRpcSyntaxError)) throw error
    const unreadable = new UpstreamError('koji', 'bad-answer', `${method}: ${messageOf(error)}`, 200, xml)
    throw effect === 'read'
      ? unreadable
      : new OutcomeUnknown(`${unreadable.message}; it may have been carried out`)
  }
}
