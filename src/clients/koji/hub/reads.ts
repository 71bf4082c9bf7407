/** Anonymous reads, collected into multicalls so that many callers cause few requests; a single read is sent as it is. */
import { type BatchResult, chunksOf, createBatcher } from '../../../lib/async/batch.ts'
import type { RetryRule } from '../../../lib/http/retry.ts'
import type { XmlRpcValue } from '../../../lib/xmlrpc/index.ts'
import { KojiFault } from './fault.ts'
import { multiCall, multiCallResults } from './multicall.ts'
import { type Call, isTransientHubError, type Post, repeatTransient } from './transport.ts'

/** Ways to read from the hub; a fault of one call never affects the others. */
export type Reads = {
  /** Shares a request with simultaneous calls. Rejects with `KojiFault` or `UpstreamError`. */
  call(call: Call): Promise<XmlRpcValue>
  /** Like `call`, for calls with long answers (RPM lists): a request gets only as many as the answer size allows. */
  callLong(call: Call): Promise<XmlRpcValue>
  /** Returns all results in order, in as many requests as needed, without waiting for other callers. */
  callAll(calls: readonly Call[], signal?: AbortSignal): Promise<BatchResult<XmlRpcValue>[]>
}

/** `windowMs` and `maxInFlight` apply to the batches. */
export type ReadsOptions = { post: Post; retry: RetryRule; windowMs: number; maxInFlight: number }

/** Calls in one multicall; the answer to a hundred builds is about a megabyte. */
export const MAX_CALLS = 100
/** After a quiet period, a sequence of reads (when a task ends: state, archives, RPMs) does not wait for windows. */
const BURST = 4
/** Multicalls are split so that the answer has about this many structs: some twelve megabytes of XML. */
const MAX_STRUCTS = 10_000
const STRUCTS_OF_SHORT = MAX_STRUCTS / MAX_CALLS

type Item = { call: Call; isLong: boolean }
type Result = BatchResult<XmlRpcValue>

/** Reads through `post`, with retries after transient failures. */
export function createReads({ post, retry, windowMs, maxInFlight }: ReadsOptions): Reads {
  async function request(calls: readonly Call[], signal?: AbortSignal): Promise<Result[]> {
    const [first, ...rest] = calls
    if (first && rest.length === 0) return [await requestSingle(first, signal)]
    return multiCallResults(await send(multiCall(calls), signal), calls.length)
  }

  /** Rejects as a multicall does: a transient fault is a failure of the hub, any other is the result of the call. */
  async function requestSingle(call: Call, signal?: AbortSignal): Promise<Result> {
    try {
      return { ok: true, value: await send(call, signal) }
    } catch (error) {
      if (error instanceof KojiFault && !isTransientHubError(error)) return { ok: false, error }
      throw error
    }
  }

  function send(call: Call, signal?: AbortSignal): Promise<XmlRpcValue> {
    return repeatTransient(retry, () => post(call, { effect: 'read', signal }), signal)
  }

  let structsOfLong = 1000 // a guess, until the first answers arrive

  async function gathered(items: Item[]): Promise<Result[]> {
    const pieces = cut(items, ({ isLong }) => (isLong ? structsOfLong : STRUCTS_OF_SHORT))
    const results = (await Promise.all(pieces.map((piece) => request(piece.map(({ call }) => call))))).flat()
    const lengths = results.flatMap((result, index) => (items[index]?.isLong ? lengthOf(result) : []))
    if (lengths.length > 0) structsOfLong = Math.max(1, ...lengths)
    return results
  }

  const join = createBatcher({ run: gathered, maxItems: MAX_CALLS, windowMs, maxInFlight, burst: BURST })
  return {
    call: (call) => join({ call, isLong: false }),
    callLong: (call) => join({ call, isLong: true }),
    callAll: async (calls, signal) =>
      (await Promise.all(chunksOf(calls, MAX_CALLS).map((chunk) => request(chunk, signal)))).flat(),
  }
}

/** Splits the items in order into pieces, each as large as the limit allows. */
function cut(items: Item[], structsOf: (item: Item) => number): Item[][] {
  const pieces: Item[][] = []
  let room = 0
  for (const item of items) {
    const structs = structsOf(item)
    if (structs > room) {
      pieces.push([])
      room = MAX_STRUCTS
    }
    pieces.at(-1)?.push(item)
    room -= structs
  }
  return pieces
}

function lengthOf(result: Result): number {
  return result.ok && Array.isArray(result.value) ? result.value.length : 1
}
