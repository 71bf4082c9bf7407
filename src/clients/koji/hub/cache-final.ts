/** Caches answers for a few seconds, so that something can be fetched shortly before it is needed. */

const CACHED_MS = 10_000

/**
 * Makes calls of `read` with the same key share one answer for a few seconds. Only final answers are cached; any other answer, and
 * a failure, is fetched again, because callers look again before they act on it.
 */
export function cacheFinal<K, V>(
  read: (key: K) => Promise<V>,
  isFinal: (value: V) => boolean,
): (key: K) => Promise<V> {
  const cached = new Map<K, { until: number; value: Promise<V> }>()

  return (key) => {
    const now = performance.now()
    for (const [old, { until }] of cached) {
      if (until > now) break // the oldest come first
      cached.delete(old)
    }
    const known = cached.get(key)
    if (known) return known.value
    const entry = { until: now + CACHED_MS, value: read(key) }
    const forget = () => {
      if (cached.get(key) === entry) cached.delete(key)
    }
    entry.value.then((value) => {
      if (!isFinal(value)) forget()
    }, forget)
    cached.set(key, entry)
    return entry.value
  }
}
