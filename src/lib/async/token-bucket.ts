/** A token bucket: a fixed rate on average, a burst after a quiet period, a lower rate under sustained load; first come, first served. */

/** `burst`: how many may leave at once after a quiet period; below 1 counts as 1. */
export type Rate = { perSecond: number; burst: number }

/** One bucket may be shared by all callers of a service. */
export type TokenBucket = {
  /**
   * Calls `go` as soon as those before it have left and a token is there: at the earliest at the end of this turn of the
   * event loop. The function returned withdraws the request; after `go` it does nothing.
   */
  turn(go: () => void): () => void
  /** Whether more than half of the burst is left, so that even what could wait may leave now. */
  isPlentiful(): boolean
}

/** Tolerance for the error of adding up fractions of a token. */
const ROUNDING = 1e-6
/**
 * Minimum spacing of departures while busy, as a multiple of the time that a token takes: each batch then carries more, so that fewer
 * are needed for the same work (decision 0065).
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
  const burstSize = Math.ceil(capacity)
  const departures: number[] = [] // the times of the last ones, as many as a burst has
  const spacingMs = (1000 * BUSY_SPACING) / perSecond
  /** It is busy while a burst of departures was within this time: slightly more than they take when spaced, so that it stays busy. */
  const busyMs = BUSY_MARGIN * burstSize * spacingMs

  /** Milliseconds until the next departure keeps its distance from the last one. */
  function untilSpaced(now: number): number {
    const [first, last] = [departures.at(-burstSize), departures.at(-1)]
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
      departures.push(filledAt)
      if (departures.length > burstSize) departures.shift()
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
