/** Stopped timers while sockets work: a test lets time pass once the other side has received what it waits for. */
import { setImmediate as turn } from 'node:timers/promises'
import { onTestFinished, vi } from 'vitest'

/** Stops the timers of the code under test until the end of the test; sockets, promises and the wall clock continue. */
export function stopClock() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const pass = async (ms: number) => void (await vi.advanceTimersByTimeAsync(ms))
  return {
    pass,
    /** Waits until this many requests have arrived, however slow the machine is; timers that are due immediately run. */
    async until(received: readonly unknown[], count: number): Promise<void> {
      while (received.length < count) {
        await pass(0)
        await turn()
      }
    },
  }
}
