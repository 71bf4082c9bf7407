/** Anonymous reads: gathered into multicalls, also into those that change something, so that many callers cost the hub few requests; a lone read is sent as it is. */
import { type BatchResult, chunksOf } from '../../../lib/async/batch.ts'
import { type Carrier, createCarriedBatcher } from '../../../lib/async/batcher.ts'
import type { TokenBucket } from '../../../lib/async/token-bucket.ts'
import type { Behalf } from '../../../lib/http/behalf.ts'
import type { ReportUnreadable } from '../../../lib/records.ts'
import { encodeCall, XmlRpcSyntaxError, type XmlRpcValue } from '../../../lib/xmlrpc/index.ts'
import { FAULT, isWithoutMultiCall, KojiFault } from './fault.ts'
import { multiCall, multiCallResults } from './multicall.ts'
import { type Call, type Post, type Repetition, retryTransient } from './transport.ts'

/** Ways to read from the hub; a fault of one call never touches the others. */
export type Reads = {
  /** Joins calls made at the same time; rejects with `KojiFault` or `UpstreamError`. */
  one(call: Call): Promise<XmlRpcValue>
  /** The same for calls with long answers (RPM lists); a request takes only as many as the hub answers quickly. */
  oneLong(call: Call): Promise<XmlRpcValue>
  /** The same reads for callers in no hurry: they join a request that is sent anyway, or are sent after a second. */
  unhurried: Pick<Reads, 'one' | 'oneLong' | 'report'>
  /** All results in order, in as many requests as needed, without waiting for other callers or for the bucket. */
  many(calls: readonly Call[], behalf?: Behalf): Promise<BatchResult<XmlRpcValue>[]>
  /** Gathers items that change something, one batch at a time, whose multicall can take waiting reads along (decision 0060). */
  addCarrier<C, D>(
    run: (items: C[], reads: Call[]) => ReturnType<Carrier<C, D, Call, XmlRpcValue>>,
  ): (item: C) => Promise<D>
  /** Takes what could not be read of an answer. */
  report: ReportUnreadable | undefined
}

/** `bucket` and `maxInFlight` are those of the batches. */
export type ReadsOptions = Repetition & {
  post: Post
  bucket: TokenBucket
  maxInFlight: number
  report?: ReportUnreadable | undefined
}

/** Calls in one multicall of several callers, who all wait for its answer. */
const MAX_GATHERED = 100
/** Calls in one multicall for a caller that requests many things; the answer about as many builds has some three megabytes. */
const MAX_OF_MANY = 250
/** A multicall is split so that about this many structs come back, roughly 12 MB of XML. */
const MAX_STRUCTS = 10_000
const STRUCTS_OF_SHORT = 10
/** A call that changes something has to wait for the whole answer, so it carries only reads that are answered and decoded quickly. */
const MAX_CARRIED_STRUCTS = MAX_STRUCTS / 2

type Item = { call: Call; isLong: boolean }
type Result = BatchResult<XmlRpcValue>

/** Reads over `post`, repeated while the failure is transient. */
export function createReads({ post, bucket, maxInFlight, report, ...repetition }: ReadsOptions): Reads {
  /** A call that XML cannot carry, such as one with an odd name, fails alone and does not affect the others. */
  async function fetchAll(calls: readonly Call[], behalf?: Behalf): Promise<Result[]> {
    const faults = calls.map(unwritableFault)
    const results = await fetchWritable(
      calls.filter((_call, index) => !faults[index]),
      behalf,
    )
    let next = 0
    return faults.flatMap((error) => (error ? [{ ok: false, error }] : results.slice(next, ++next)))
  }

  async function fetchWritable(calls: readonly Call[], behalf?: Behalf): Promise<Result[]> {
    if (calls.length === 0) return []
    const [only, ...rest] = calls
    if (only && rest.length === 0) return [await fetchAlone(only, behalf)]
    try {
      return multiCallResults(await send(multiCall(calls), behalf), calls.length)
    } catch (error) {
      if (!isWithoutMultiCall(error)) throw error
      return Promise.all(calls.map((call) => fetchAlone(call, behalf)))
    }
  }

  /** A fault is the result of its call, as inside a multicall; anything else concerns the whole request. */
  async function fetchAlone(call: Call, behalf?: Behalf): Promise<Result> {
    try {
      return { ok: true, value: await send(call, behalf) }
    } catch (error) {
      if (error instanceof KojiFault) return { ok: false, error }
      throw error
    }
  }

  function send(call: Call, behalf: Behalf = {}): Promise<XmlRpcValue> {
    const { signal } = behalf
    return retryTransient(repetition, () => post(call, { effect: 'read', signal }), behalf)
  }

  let structsOfLong = 1000 // until the first answers show it

  async function gathered(items: Item[]): Promise<Result[]> {
    const pieces = cut(items, structsOf)
    const fetched = pieces.map((piece) => fetchWritable(piece.map(({ call }) => call)))
    const results = (await Promise.all(fetched)).flat()
    recordLengths(items, results)
    return results
  }

  function structsOf({ isLong }: Item): number {
    return isLong ? structsOfLong : STRUCTS_OF_SHORT
  }

  function recordLengths(items: readonly Item[], results: readonly Result[]): void {
    const lengths = results.flatMap((result, index) => (items[index]?.isLong ? lengthOf(result) : []))
    if (lengths.length > 0) structsOfLong = Math.max(1, ...lengths)
  }

  const { join, addCarrier } = createCarriedBatcher({
    run: gathered,
    maxItems: MAX_GATHERED,
    bucket,
    maxInFlight,
    weightOf: structsOf,
    maxCarried: MAX_CARRIED_STRUCTS,
  })

  function joining(mayWait: boolean): Reads['unhurried'] {
    const joinWritable = async (item: Item): Promise<XmlRpcValue> => {
      const fault = unwritableFault(item.call)
      if (fault) throw fault
      return join(item, { mayWait })
    }
    return {
      report,
      one: (call) => joinWritable({ call, isLong: false }),
      oneLong: (call) => joinWritable({ call, isLong: true }),
    }
  }

  return {
    ...joining(false),
    unhurried: joining(true),
    addCarrier: (run) =>
      addCarrier(async (items, reads) => {
        const done = await run(
          items,
          reads.map(({ call }) => call),
        )
        recordLengths(reads, done.carried ?? [])
        return done
      }),
    many: async (calls, behalf) =>
      (await Promise.all(chunksOf(calls, MAX_OF_MANY).map((chunk) => fetchAll(chunk, behalf)))).flat(),
  }
}

/** The fault of a call that XML cannot carry: the hub cannot know anything by such a name. */
export function unwritableFault({ method, params }: Call): KojiFault | undefined {
  try {
    encodeCall(method, params)
    return undefined
  } catch (error) {
    if (error instanceof XmlRpcSyntaxError) return new KojiFault(FAULT.generic, `${method}: ${error.message}`)
    throw error
  }
}

/** Pieces in order, each as large as fits. */
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
