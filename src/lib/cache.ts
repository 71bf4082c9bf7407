/** A cache with bounds: so many entries, each for so long; the one not used for longest makes room. */

/** Entries by key. */
export type Cache<V> = {
  get(key: string): V | undefined
  /** Nothing is kept for a time of 0 or less. */
  set(key: string, value: V, milliseconds: number): void
  delete(key: string): void
}

/** `now` gives milliseconds of any clock that never goes back. */
export function createCache<V>(maxEntries: number, now: () => number): Cache<V> {
  const entries = new Map<string, { value: V; until: number }>() // in the order of their last use

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
  }
}
