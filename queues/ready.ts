/** Opens queues and workers, replacing those whose first connection fails: BullMQ would never connect these again. */
import type { Queue, Worker } from 'bullmq'
import { type Persistence, persist } from '../src/lib/until-reachable.ts'

/**
 * Returns `first` when it is ready; while first connections break, it is closed and replaced by what `make` returns.
 * @throws as `persist` does
 */
export function untilReady<T extends Queue | Worker>(
  first: T,
  make: () => T,
  persistence: Persistence,
): Promise<T> {
  let unused: T | undefined = first
  return persist(async () => {
    const opened = unused ?? make()
    unused = undefined
    try {
      await opened.waitUntilReady()
    } catch (error) {
      opened.close().catch(() => undefined) // not awaited: it may wait for the connection that just failed
      throw error
    }
    return opened
  }, persistence)
}
