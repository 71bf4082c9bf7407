/** Caches each answer for a multiple of the time it took to find: one that takes a second is found again every twenty seconds. */
import { createCache } from '../cache.ts'

const MAX_ENTRIES = 100
/** How long an answer is cached, as a multiple of the time it took to find. */
const CACHED_FOR = 20

/** Equal keys must mean equal work. Errors are not cached. */
export type CacheByCost<T> = (key: string, work: () => Promise<T>) => Promise<T>

/** While an answer is found again, callers get the last one. @param isCostly which answers are cached at all */
export function createCacheByCost<T>(isCostly: (answer: T) => boolean): CacheByCost<T> {
  const now = () => performance.now()
  const entries = createCache<{ answer: T; cachedUntil: number; isRenewed: boolean }>(MAX_ENTRIES, now)
  return async (key, work) => {
    const entry = entries.get(key)
    if (entry && (entry.isRenewed || now() < entry.cachedUntil)) return entry.answer
    if (entry) entry.isRenewed = true
    const started = now()
    try {
      const answer = await work()
      const cachedUntil = now() + CACHED_FOR * (now() - started)
      if (isCostly(answer))
        entries.set(key, { answer, cachedUntil, isRenewed: false }, Number.POSITIVE_INFINITY)
      else entries.delete(key)
      return answer
    } catch (error) {
      entries.delete(key)
      throw error
    }
  }
}
