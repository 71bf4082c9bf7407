/** Remembers answers for some seconds, for what is looked up before it is needed. */

const KEPT_MS = 10_000

/**
 * A lookup that joins one of the last seconds with the same key. Only answers that are final are kept, since nothing is done
 * on anything else without another look: others and failures are looked up again.
 */
export function rememberFinal<K, V>(
  read: (key: K) => Promise<V>,
  isFinal: (value: V) => boolean,
): (key: K) => Promise<V> {
  const kept = new Map<K, { until: number; value: Promise<V> }>()

  return (key) => {
    const now = performance.now()
    for (const [old, { until }] of kept) {
      if (until > now) break // the oldest come first
      kept.delete(old)
    }
    const known = kept.get(key)
    if (known) return known.value
    const entry = { until: now + KEPT_MS, value: read(key) }
    const forget = () => {
      if (kept.get(key) === entry) kept.delete(key)
    }
    entry.value.then((value) => {
      if (!isFinal(value)) forget()
    }, forget)
    kept.set(key, entry)
    return entry.value
  }
}
