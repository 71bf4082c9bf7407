/** When a failed call is repeated and after how long. Pure: the loop that waits is the caller's. */
import type { CallFailure } from './failure.ts'

/**
 * `attempts` counts the first try too; `firstDelayMs` doubles from attempt to attempt. Who would have to wait for more
 * than `maxDelayMs` gets the failure instead.
 */
export type RetryRule = { attempts: number; firstDelayMs: number; maxDelayMs?: number }

const MAX_BACKOFF_MS = 30_000
const MAX_RETRY_AFTER_MS = 60_000

/**
 * Whether a failed attempt may be made again. A read may whenever the failure can pass by itself; a write only when
 * nothing of it can have been sent. Client errors (4xx other than 408 and 429) are never repeated.
 */
export function mayRepeat(failure: CallFailure, effect: 'read' | 'write'): boolean {
  return failure.transient && (effect === 'read' || !failure.maybeSent)
}

/**
 * Milliseconds to wait after attempt number `attempt` (from 1): exponential, with up to half taken off at random so
 * that callers who failed together do not come back together, but never less than the service asked for.
 * `random` is in [0, 1).
 */
export function retryDelayMs(rule: RetryRule, attempt: number, random: number, retryAfterMs = 0): number {
  const backoff = Math.min(MAX_BACKOFF_MS, rule.firstDelayMs * 2 ** (attempt - 1)) * (1 - random / 2)
  return Math.max(backoff, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS))
}
