/** Limits how many tasks run at once; the others wait, first come first served. */

/** Runs `work` as soon as a slot is free; the slot is released however the work ends. */
export type Slots = <T>(work: () => Promise<T>) => Promise<T>

/** Runs up to `limit` tasks at once; a limit below 1 counts as 1. */
export function createSlots(limit: number): Slots {
  const waiting: (() => void)[] = []
  let free = Math.max(1, limit)

  async function take(): Promise<void> {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve)) // the slot is handed over
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

/** The same with separate slots for each key; keys without tasks are forgotten. */
export function createKeyedSlots(limit: number): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const byKey = new Map<string, { slots: Slots; tasks: number }>()
  return async (key, work) => {
    const entry = byKey.get(key) ?? { slots: createSlots(limit), tasks: 0 }
    byKey.set(key, entry)
    entry.tasks += 1
    try {
      return await entry.slots(work)
    } finally {
      entry.tasks -= 1
      if (entry.tasks === 0) byKey.delete(key)
    }
  }
}
