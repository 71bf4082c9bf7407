/** A token bucket: so many departures a second on average, some more after a quiet time, in the order they were requested. */

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

/** A full bucket. */
export function createTokenBucket({ perSecond, burst }: Rate): TokenBucket {
  const capacity = Math.max(1, burst)
  const waiting = new Set<{ go: () => void }>() // keeps the order of insertion
  let tokens = capacity
  let filledAt = performance.now()
  let isScheduled = false

  function fill(): void {
    const now = performance.now()
    tokens = Math.min(capacity, tokens + ((now - filledAt) * perSecond) / 1000)
    filledAt = now
  }

  function schedule(): void {
    if (isScheduled || waiting.size === 0) return
    isScheduled = true
    fill()
    const waitMs = ((1 - tokens) * 1000) / perSecond
    if (tokens >= 1 - ROUNDING) queueMicrotask(grant)
    else setTimeout(grant, Math.ceil(waitMs))
  }

  function grant(): void {
    isScheduled = false
    fill()
    for (const entry of waiting) {
      if (tokens < 1 - ROUNDING) break
      tokens -= 1
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
