/** A clock that stands still while sockets work: a test lets time pass when the other side has got what it waits for. */
import { setImmediate as turn } from 'node:timers/promises'
import { onTestFinished, vi } from 'vitest'

/** Stops the timers of the code under test until the end of the test; sockets, promises and the wall clock go on. */
export function stopClock() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const pass = async (ms: number) => void (await vi.advanceTimersByTimeAsync(ms))
  return {
    pass,
    /** Waits until this many requests have arrived, however long the machine takes; what is due at once runs meanwhile. */
    async until(received: readonly unknown[], count: number): Promise<void> {
      while (received.length < count) {
        await pass(0)
        await turn()
      }
    },
  }
}
