/** A token bucket: a fixed rate on average, a burst after a quiet period, a lower rate under sustained load; first come, first served. */

/** `burst` may leave at once after a quiet time; at least one may. */
export type Rate = { perSecond: number; burst: number }

/** One bucket may be shared by all who use the same service. */
export type TokenBucket = {
  /**
   * Calls `go` as soon as those before it have left and a token is there: at the earliest at the end of this turn of the
   * event loop. The function returned withdraws the request; after `go` it does nothing.
   */
  turn(go: () => void): () => void
  /** Whether more than half of the burst is left: what can wait need not. */
  isPlentiful(): boolean
}

/** Parts of a token that are lost when numbers are added up. */
const ROUNDING = 1e-6
/**
 * Min spacing of departures while it is busy, as a multiple of the time that a token takes: each then carries more, so that fewer are
 * needed for the same work (decision 0065).
 */
const BUSY_SPACING = 1.3
const BUSY_MARGIN = 1.05

/** A full bucket. */
export function createTokenBucket({ perSecond, burst }: Rate): TokenBucket {
  const capacity = Math.max(1, burst)
  const waiting = new Set<{ go: () => void }>() // keeps the order of insertion
  let tokens = capacity
  let filledAt = performance.now()
  let isScheduled = false
  const left: number[] = [] // the times of the last departures, as many as a burst has
  const spacingMs = (1000 * BUSY_SPACING) / perSecond
  /** Longer than so many departures take at that distance: it stays busy as long as there is enough to do. */
  const busyMs = BUSY_MARGIN * Math.ceil(capacity) * spacingMs

  function untilSpaced(now: number): number {
    const [first, last] = [left.at(-Math.ceil(capacity)), left.at(-1)]
    if (first === undefined || last === undefined || first < now - busyMs) return 0
    return last + spacingMs - now
  }

  function fill(): void {
    const now = performance.now()
    tokens = Math.min(capacity, tokens + ((now - filledAt) * perSecond) / 1000)
    filledAt = now
  }

  function schedule(): void {
    if (isScheduled || waiting.size === 0) return
    isScheduled = true
    fill()
    const waitMs = Math.max(((1 - ROUNDING - tokens) * 1000) / perSecond, untilSpaced(filledAt))
    if (waitMs <= 0) queueMicrotask(grant)
    else setTimeout(grant, Math.ceil(waitMs))
  }

  function grant(): void {
    isScheduled = false
    fill()
    for (const entry of waiting) {
      if (tokens < 1 - ROUNDING || untilSpaced(filledAt) > 0) break
      tokens -= 1
      left.push(filledAt)
      if (left.length > Math.ceil(capacity)) left.shift()
      waiting.delete(entry)
      entry.go()
    }
    schedule()
  }

  return {
    turn: (go) => {
      const entry = { go }
      waiting.add(entry)
      schedule()
      return () => void waiting.delete(entry)
    },
    isPlentiful: () => {
      fill()
      return tokens > capacity / 2
    },
  }
}
