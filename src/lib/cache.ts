/** A bounded cache: a maximum number of entries, each with an expiry; the least recently used one is evicted. */

/** Entries by key; an expired entry counts as absent. */
export type Cache<V> = {
  get(key: string): V | undefined
  /** Stores an entry that expires after `milliseconds`; 0 or less only removes the existing one. */
  set(key: string, value: V, milliseconds: number): void
  delete(key: string): void
  clear(): void
}

/** `now` returns milliseconds of any monotonic clock. */
export function createCache<V>(maxEntries: number, now: () => number): Cache<V> {
  const entries = new Map<string, { value: V; until: number }>() // least recently used first

  function get(key: string): V | undefined {
    const entry = entries.get(key)
    if (!entry) return undefined
    entries.delete(key)
    if (entry.until <= now()) return undefined
    entries.set(key, entry)
    return entry.value
  }

  return {
    get,
    set: (key, value, milliseconds) => {
      entries.delete(key)
      if (milliseconds <= 0) return
      entries.set(key, { value, until: now() + milliseconds })
      const [oldest] = entries.size > maxEntries ? entries.keys() : []
      if (oldest !== undefined) entries.delete(oldest)
    },
    delete: (key) => {
      entries.delete(key)
    },
    clear: () => entries.clear(),
  }
}
