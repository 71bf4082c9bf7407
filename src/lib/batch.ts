/** Gathers single requests of many callers into few batches, without making a lone caller wait. */

/** What became of one item of a batch. */
export type BatchResult<O> = { ok: true; value: O } | { ok: false; error: Error }

/** What is done with the items and how often. */
export type BatcherOptions<I, O> = {
  /** Answers the items in their order, one result each; when it throws, every caller of the batch gets that error. */
  run: (items: I[]) => Promise<BatchResult<O>[]>
  maxItems: number
  /** At most one batch leaves in this time. */
  windowMs: number
  /** Batches that are under way at once. */
  maxInFlight: number
}

type Waiting<I, O> = { item: I; resolve: (value: O) => void; reject: (error: unknown) => void }

/**
 * A function that answers one item. The first item after a quiet time goes out at once, together with those asked for
 * in the same turn; later ones gather until the window is over or, when `maxInFlight` are under way, until one ends.
 */
export function createBatcher<I, O>(options: BatcherOptions<I, O>): (item: I) => Promise<O> {
  const waiting: Waiting<I, O>[] = []
  let lastSentAt = Number.NEGATIVE_INFINITY
  let inFlight = 0
  let scheduled = false

  function schedule(): void {
    if (scheduled || waiting.length === 0 || inFlight >= options.maxInFlight) return
    scheduled = true
    const waitMs = lastSentAt + options.windowMs - performance.now()
    if (waitMs <= 0) queueMicrotask(sendBatch)
    else setTimeout(sendBatch, waitMs)
  }

  function sendBatch(): void {
    scheduled = false
    lastSentAt = performance.now()
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
