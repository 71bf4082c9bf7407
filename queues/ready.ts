/** Opens queues and workers whose first connection has not failed: BullMQ keeps such a failure and never connects again. */
import type { Queue, Worker } from 'bullmq'
import { type Persistence, persist } from '../src/lib/until-reachable.ts'

/**
 * Returns `first` when it is ready, or what `make` makes in its place as long as first connections break.
 * @throws as `persist` does
 */
export function untilReady<T extends Queue | Worker>(
  first: T,
  make: () => T,
  persistence: Persistence,
): Promise<T> {
  let made: T | undefined = first
  return persist(async () => {
    const one = made ?? make()
    made = undefined
    try {
      await one.waitUntilReady()
    } catch (error) {
      one.close().catch(() => undefined) // may wait for the very connection that it has not got
      throw error
    }
    return one
  }, persistence)
}
