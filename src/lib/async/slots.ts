/** Bounds how many things run at once: the rest waits its turn, first come first served. */

/** Runs `work` when one of the slots is free; the slot is given back however the work ends. */
export type Slots = <T>(work: () => Promise<T>) => Promise<T>

/** `limit` pieces of work at once, at least one. */
export function createSlots(limit: number): Slots {
  const waiting: (() => void)[] = []
  let free = Math.max(1, limit)

  async function take(): Promise<void> {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve)) // the slot is handed over, never put back
  }

  function give(): void {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }

  return async (work) => {
    await take()
    try {
      return await work()
    } finally {
      give()
    }
  }
}
