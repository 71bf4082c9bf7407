/** Gathers what arrives for a key while work on that key is under way; different keys do not wait for each other. */
import { waitingContext } from '../tracing/span.ts'
import { type BatchResult, deliver, type Waiting } from './batch.ts'

/**
 * Processes an item by `run`: immediately, or while work on its key is under way, afterwards together with all items that wait by
 * then, in the order of arrival. `run` is as for `createBatcher`; that of the first caller is used until nothing waits.
 */
export type KeyedBatches<K, I, O> = (
  key: K,
  item: I,
  run: (items: I[]) => Promise<BatchResult<O>[]>,
) => Promise<O>

/** At most `maxItems` are processed together. */
export function createKeyedBatches<K, I, O>(maxItems: number): KeyedBatches<K, I, O> {
  const byKey = new Map<K, Waiting<I, O>[]>() // an entry for each key with work under way

  async function work(
    key: K,
    waiting: Waiting<I, O>[],
    run: (items: I[]) => Promise<BatchResult<O>[]>,
  ): Promise<void> {
    while (waiting.length > 0) await deliver({ run }, waiting.splice(0, maxItems))
    byKey.delete(key)
  }

  return (key, item, run) =>
    new Promise((resolve, reject) => {
      const entry = { item, resolve, reject, context: waitingContext() }
      const waiting = byKey.get(key)
      if (waiting) {
        waiting.push(entry)
        return
      }
      const first = [entry]
      byKey.set(key, first)
      void work(key, first, run)
    })
}
