/** Fetches things one by one, such as when each has its own address: a failure of one affects only that one. */
import { isOfThing } from '../errors.ts'
import type { BatchResult } from './batch.ts'

/**
 * Pairs of the item and its result, in order: a service may refuse one item, or answer oddly about it. Rejects with
 * trouble of a service, and with the first refusal when it refuses all items, since the items are hardly to blame then.
 */
export async function lookUpEach<I, T>(
  items: readonly I[],
  lookUp: (item: I) => Promise<T>,
): Promise<[I, BatchResult<T>][]> {
  const results = await Promise.all(
    items.map(async (item): Promise<[I, BatchResult<T>]> => {
      try {
        return [item, { ok: true, value: await lookUp(item) }]
      } catch (error) {
        if (!isOfThing(error)) throw error
        return [item, { ok: false, error }]
      }
    }),
  )
  const [first] = results.flatMap(([, result]) => (result.ok ? [] : [result.error]))
  if (first && results.every(([, result]) => !result.ok)) throw first
  return results
}
