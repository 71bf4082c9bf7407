/** How long a page waits before it fetches the same again, so that readers of a large event leave a busy service time for other work. */

/** An answer that takes longer shows that the service is busy. */
const SLOW_MS = 1000
/** The pause after a slow answer, in times of what that took. */
const PAUSE_IN_FETCHES = 4
const MAX_MS = 20_000

/**
 * The milliseconds to wait after an answer that took `tookMs`; at least `minMs`.
 * @param {number} tookMs
 * @param {number} minMs
 */
export function pauseAfter(tookMs, minMs) {
  return tookMs < SLOW_MS ? minMs : Math.max(minMs, Math.min(tookMs * PAUSE_IN_FETCHES, MAX_MS))
}
