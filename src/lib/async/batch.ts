/** Collects single requests from many callers into few batches, without delaying a lone caller. */
import type { Context } from '@opentelemetry/api'
import { forAll, waitingContext } from '../tracing/span.ts'

/** The result for one item of a batch. */
export type BatchResult<O> = { ok: true; value: O } | { ok: false; error: Error }

/** What to do with a batch, how large it gets and how often it leaves. */
export type BatcherOptions<I, O> = {
  /** Returns one result per item, in order; if it throws, every caller of the batch gets that error. */
  run: (items: I[]) => Promise<BatchResult<O>[]>
  maxItems: number
  /** On average, at most one batch that is not full leaves per window. */
  windowMs: number
  /** Number of batches that may leave at once after a quiet period; default 1. */
  burst?: number
  /** Maximum number of batches in progress at once. */
  maxInFlight: number
}

type Waiting<I, O> = {
  item: I
  resolve: (value: O) => void
  reject: (error: unknown) => void
  /** Of the caller; the batch belongs to the trace of the first. */
  context: Context
}

/**
 * Returns a function that processes one item. After a quiet period the first items leave at once, together with those
 * added in the same turn of the event loop; later ones are collected until the window ends or, while `maxInFlight`
 * batches are in progress, until one of them finishes. A full batch does not wait for a window.
 */
export function createBatcher<I, O>(options: BatcherOptions<I, O>): (item: I) => Promise<O> {
  const waiting: Waiting<I, O>[] = []
  const graceMs = (options.burst ?? 1) * options.windowMs
  /** End of the windows that the batches so far have used up; at most `graceMs` ahead of now. */
  let spentUntil = Number.NEGATIVE_INFINITY
  let inFlight = 0
  let scheduled: 'now' | NodeJS.Timeout | undefined

  function schedule(): void {
    if (scheduled === 'now' || waiting.length === 0 || inFlight >= options.maxInFlight) return
    const isFull = waiting.length >= options.maxItems
    const waitMs = isFull ? 0 : spentUntil + options.windowMs - graceMs - performance.now()
    if (waitMs > 0) scheduled ??= setTimeout(sendBatch, waitMs)
    else {
      clearTimeout(scheduled)
      scheduled = 'now'
      queueMicrotask(sendBatch)
    }
  }

  function sendBatch(): void {
    scheduled = undefined
    const now = performance.now()
    spentUntil = Math.min(Math.max(spentUntil, now) + options.windowMs, now + graceMs)
    inFlight += 1
    void deliver(options, waiting.splice(0, options.maxItems)).then(() => {
      inFlight -= 1
      schedule()
    })
    schedule()
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject, context: waitingContext() })
      schedule()
    })
}

/** Never rejects: errors are passed to the callers of the batch. */
async function deliver<I, O>({ run }: BatcherOptions<I, O>, batch: Waiting<I, O>[]): Promise<void> {
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
