/** Remembers for some seconds which builds were complete, for what is looked up before it is needed. */
import type { KojiBuild } from '../schema.ts'

const KEPT_MS = 10_000

/**
 * A lookup by NVR that joins one of the last seconds. Only what is complete is kept, since nothing is done on anything
 * else without another look: builds that are not, unknown ones and failures are looked up anew.
 */
export function createRecentBuilds(
  read: (nvr: string) => Promise<KojiBuild | null>,
): (nvr: string) => Promise<KojiBuild | null> {
  const kept = new Map<string, { until: number; build: Promise<KojiBuild | null> }>()

  return (nvr) => {
    const now = performance.now()
    for (const [key, { until }] of kept) {
      if (until > now) break // the oldest come first
      kept.delete(key)
    }
    const known = kept.get(nvr)
    if (known) return known.build
    const entry = { until: now + KEPT_MS, build: read(nvr) }
    const forget = () => {
      if (kept.get(nvr) === entry) kept.delete(nvr)
    }
    entry.build.then((build) => {
      if (build?.state !== 'COMPLETE') forget()
    }, forget)
    kept.set(nvr, entry)
    return entry.build
  }
}
