/** Collects single requests from many callers into few batches, without delaying a lone caller. */
import type { Context } from '@opentelemetry/api'
import { forAll, waitingContext } from '../tracing/span.ts'
import type { TokenBucket } from './token-bucket.ts'

/** The result for one item of a batch. */
export type BatchResult<O> = { ok: true; value: O } | { ok: false; error: Error }

/** What to do with a batch, how large it gets and when it leaves. */
export type BatcherOptions<I, O> = {
  /** Returns one result per item, in order; if it throws, every caller of the batch gets that error. */
  run: (items: I[]) => Promise<BatchResult<O>[]>
  maxItems: number
  /** A batch that is not full takes its turn here; a full one needs none. */
  bucket: TokenBucket
  /** Maximum number of batches in progress at once. */
  maxInFlight: number
}

/** An item with what its caller waits for. */
export type Waiting<I, O> = {
  item: I
  resolve: (value: O) => void
  reject: (error: unknown) => void
  /** Of the caller; the batch belongs to the trace of the first. */
  context: Context
}

/**
 * Returns a function that processes one item. While the bucket has tokens, an item leaves at once, together with those
 * added in the same turn of the event loop; otherwise items are collected until the next token or, while `maxInFlight`
 * batches are in progress, until one of them finishes. A full batch does not wait for a token.
 */
export function createBatcher<I, O>(options: BatcherOptions<I, O>): (item: I) => Promise<O> {
  const waiting: Waiting<I, O>[] = []
  let inFlight = 0
  let withdraw: (() => void) | undefined

  function schedule(): void {
    while (inFlight < options.maxInFlight && waiting.length >= options.maxItems) send()
    const mayLeave = inFlight < options.maxInFlight && waiting.length > 0
    if (mayLeave) withdraw ??= options.bucket.turn(takeTurn)
    else {
      withdraw?.()
      withdraw = undefined
    }
  }

  function takeTurn(): void {
    withdraw = undefined
    send()
    schedule()
  }

  function send(): void {
    inFlight += 1
    void deliver(options, waiting.splice(0, options.maxItems)).then(() => {
      inFlight -= 1
      schedule()
    })
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject, context: waitingContext() })
      schedule()
    })
}

/** Never rejects: errors are passed to the callers of the batch. */
export async function deliver<I, O>(
  { run }: Pick<BatcherOptions<I, O>, 'run'>,
  batch: Waiting<I, O>[],
): Promise<void> {
  try {
    const contexts = batch.map(({ context }) => context)
    const results = await forAll(contexts, () => run(batch.map(({ item }) => item)))
    if (results.length !== batch.length) {
      throw new Error(`a batch of ${batch.length} items got ${results.length} results`)
    }
    results.forEach((result, index) => {
      if (result.ok) batch[index]?.resolve(result.value)
      else batch[index]?.reject(result.error)
    })
  } catch (error) {
    for (const { reject } of batch) reject(error)
  }
}

/** Splits the items, in order, into chunks of at most `size`. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
