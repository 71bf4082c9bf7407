/** Items that are processed together, and how their callers get their results. */
import type { Context } from '@opentelemetry/api'
import { forAll } from '../tracing/span.ts'

/** The result for one item of a batch. */
export type BatchResult<O> = { ok: true; value: O } | { ok: false; error: Error }

/** An item with what its caller waits for. */
export type Waiting<I, O> = {
  item: I
  resolve: (value: O) => void
  reject: (error: unknown) => void
  /** The tracing context of the caller; the batch belongs to the trace of its first item. */
  context: Context
}

/** Never rejects: errors are passed to the callers of the batch. `run` returns one result per item, in order. */
export async function deliver<I, O>(
  { run }: { run: (items: I[]) => Promise<BatchResult<O>[]> },
  batch: readonly Waiting<I, O>[],
): Promise<void> {
  try {
    const results = await forAll(contextsOf(batch), () => run(batch.map(({ item }) => item)))
    settle(batch, results)
  } catch (error) {
    for (const { reject } of batch) reject(error)
  }
}

/** The traces that the work for these items belongs to. */
export function contextsOf(batch: readonly Pick<Waiting<never, never>, 'context'>[]): Context[] {
  return batch.map(({ context }) => context)
}

/** Passes each result to its caller. @throws Error, before any caller has its result, when there is not one for each */
export function settle<I, O>(batch: readonly Waiting<I, O>[], results: readonly BatchResult<O>[]): void {
  if (results.length !== batch.length)
    throw new Error(`a batch of ${batch.length} items got ${results.length} results`)
  results.forEach((result, index) => {
    if (result.ok) batch[index]?.resolve(result.value)
    else batch[index]?.reject(result.error)
  })
}

/** Splits the items, in order, into chunks of at most `size`. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
