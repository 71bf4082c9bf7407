/** Decides whether a failed call is repeated, and after what delay. Pure: the loop that waits is the caller's. */
import type { CallFailure } from './failure.ts'

/** `attempts` counts the first one too; `firstDelayMs` doubles from attempt to attempt. */
export type RetryRule = { attempts: number; firstDelayMs: number }

/** The max delay, unless a service requests a longer one. */
export const MAX_BACKOFF_MS = 30_000

/**
 * Whether a failed attempt may be repeated. A read may whenever the failure is transient; a write only when
 * nothing of it can have been sent. Client errors (4xx other than 408, 425 and 429) are never repeated.
 */
export function mayRetry(failure: CallFailure, effect: 'read' | 'write'): boolean {
  return failure.isTransient && (effect === 'read' || !failure.maybeSent)
}

/**
 * Milliseconds to wait after attempt number `attempt` (from 1): exponential, with up to half taken off at random so
 * that callers that failed together do not retry together, but never less than the service requested.
 * `random` is in [0, 1).
 */
export function retryDelayMs(rule: RetryRule, attempt: number, random: number, retryAfterMs = 0): number {
  const backoff = Math.min(MAX_BACKOFF_MS, rule.firstDelayMs * 2 ** (attempt - 1)) * (1 - random / 2)
  return Math.max(backoff, retryAfterMs)
}
