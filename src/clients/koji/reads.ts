/** Anonymous reads: gathered into multicalls, so that many callers cost the hub few requests. */
import { type BatchResult, chunksOf, createBatcher } from '../../lib/batch.ts'
import type { RetryRule } from '../../lib/http-retry.ts'
import type { XmlRpcValue } from '../../lib/xmlrpc.ts'
import { multiCall, multiCallResults } from './multicall.ts'
import { type Call, type Post, repeatPassing } from './transport.ts'

/** Ways to read from the hub; a fault of one call never touches the others. */
export type Reads = {
  /** Joins what others ask for at the same time; rejects with `KojiFault` or `UpstreamError`. */
  one(call: Call): Promise<XmlRpcValue>
  /** The same for calls with long answers (RPM lists), of which fewer go into one request. */
  oneLong(call: Call): Promise<XmlRpcValue>
  /** All results in order, in as many requests as needed, without waiting for anybody. */
  many(calls: readonly Call[], signal?: AbortSignal): Promise<BatchResult<XmlRpcValue>[]>
}

/** `windowMs` and `maxInFlight` are those of the batches. */
export type ReadsOptions = { post: Post; retry: RetryRule; windowMs: number; maxInFlight: number }

/** Calls in one multicall; the answer to a hundred builds is about a megabyte. */
export const MAX_CALLS = 100
const MAX_LONG_CALLS = 8

/** Reads over `post`, repeated while the failure is a passing one. */
export function createReads({ post, retry, windowMs, maxInFlight }: ReadsOptions): Reads {
  async function ask(calls: readonly Call[], signal?: AbortSignal): Promise<BatchResult<XmlRpcValue>[]> {
    const answer = await repeatPassing(
      retry,
      () => post(multiCall(calls), { effect: 'read', signal }),
      signal,
    )
    return multiCallResults(answer, calls.length)
  }

  return {
    one: createBatcher({ run: (calls) => ask(calls), maxItems: MAX_CALLS, windowMs, maxInFlight }),
    oneLong: createBatcher({ run: (calls) => ask(calls), maxItems: MAX_LONG_CALLS, windowMs, maxInFlight }),
    many: async (calls, signal) =>
      (await Promise.all(chunksOf(calls, MAX_CALLS).map((some) => ask(some, signal)))).flat(),
  }
}
