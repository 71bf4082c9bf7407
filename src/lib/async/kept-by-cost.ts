/** Keeps each answer for a multiple of the time it took to find: one that takes a second is found again every twenty seconds. */
import { createCache } from '../cache.ts'

const MAX_ENTRIES = 100
/** How long an answer is kept, as a multiple of the time it took to find. */
const KEPT_FOR = 20

/** Equal keys must mean equal work. Errors are not kept. */
export type KeptByCost<T> = (key: string, work: () => Promise<T>) => Promise<T>

/** While an answer is found again, callers get the last one. @param isCostly which answers are kept at all */
export function createKeptByCost<T>(isCostly: (answer: T) => boolean): KeptByCost<T> {
  const now = () => performance.now()
  const entries = createCache<{ answer: T; keptUntil: number; isRenewed: boolean }>(MAX_ENTRIES, now)
  return async (key, work) => {
    const entry = entries.get(key)
    if (entry && (entry.isRenewed || now() < entry.keptUntil)) return entry.answer
    if (entry) entry.isRenewed = true
    const began = now()
    try {
      const answer = await work()
      const keptUntil = now() + KEPT_FOR * (now() - began)
      if (isCostly(answer))
        entries.set(key, { answer, keptUntil, isRenewed: false }, Number.POSITIVE_INFINITY)
      else entries.delete(key)
      return answer
    } catch (error) {
      entries.delete(key)
      throw error
    }
  }
}
