/** Work that several callers want at the same time is done once for all of them, as long as one of them waits. */
import { orAborted } from './deadline.ts'

/** Work under way, by key: equal keys must mean equal work. */
export type SharedWork<T> = {
  /**
   * Starts the work, or waits for the one under way. Rejects with `signal`'s reason when the caller gives up first;
   * the work itself is aborted only when its last caller has gone.
   */
  join(key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Lets no further caller join the call under way, which may have seen older data. Those that wait keep waiting. */
  renew(): void
}

type SharedCall<T> = { work: Promise<T>; controller: AbortController; waiting: number; isOver: boolean }

/** Nothing under way yet. */
export function createSharedWork<T>(): SharedWork<T> {
  const underWay = new Map<string, SharedCall<T>>()

  function launch(key: string, start: (signal: AbortSignal) => Promise<T>): SharedCall<T> {
    const controller = new AbortController()
    const call = { work: start(controller.signal), controller, waiting: 0, isOver: false }
    underWay.set(key, call)
    const end = () => {
      call.isOver = true
      forget(key, call)
    }
    call.work.then(end, end)
    return call
  }

  function forget(key: string, call: SharedCall<T>): void {
    if (underWay.get(key) === call) underWay.delete(key)
  }

  return {
    join: async (key, signal, start) => {
      signal.throwIfAborted()
      const call = underWay.get(key) ?? launch(key, start)
      call.waiting += 1
      try {
        return await orAborted(call.work, signal)
      } finally {
        call.waiting -= 1
        if (call.waiting === 0 && !call.isOver) {
          forget(key, call)
          call.controller.abort()
        }
      }
    },
    renew: () => underWay.clear(),
  }
}
