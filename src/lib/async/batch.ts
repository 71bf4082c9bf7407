/** Gathers single requests of many callers into few batches, without making a lone caller wait. */

/** What became of one item of a batch. */
export type BatchResult<O> = { ok: true; value: O } | { ok: false; error: Error }

/** What is done with the items and how often. */
export type BatcherOptions<I, O> = {
  /** Answers the items in their order, one result each; when it throws, every caller of the batch gets that error. */
  run: (items: I[]) => Promise<BatchResult<O>[]>
  maxItems: number
  /** At most one batch that is not full leaves in this time, on average. */
  windowMs: number
  /** How many may leave at once after a quiet time; default 1. */
  burst?: number
  /** Batches that are under way at once. */
  maxInFlight: number
}

type Waiting<I, O> = { item: I; resolve: (value: O) => void; reject: (error: unknown) => void }

/**
 * A function that answers one item. The first items after a quiet time go out at once, each together with those asked
 * for in the same turn; later ones gather until the window is over or, when `maxInFlight` are under way, until one ends.
 * A full batch waits for no window.
 */
export function createBatcher<I, O>(options: BatcherOptions<I, O>): (item: I) => Promise<O> {
  const waiting: Waiting<I, O>[] = []
  const graceMs = (options.burst ?? 1) * options.windowMs
  /** When the windows of all batches so far are over; never further ahead than `graceMs`. */
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
      waiting.push({ item, resolve, reject })
      schedule()
    })
}

/** Never rejects: whatever goes wrong goes to the callers of the batch. */
async function deliver<I, O>({ run }: BatcherOptions<I, O>, batch: Waiting<I, O>[]): Promise<void> {
  try {
    const results = await run(batch.map(({ item }) => item))
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

/** The items in their order, cut into pieces of at most `size`. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
