/** Decides whether a failed call is retried, and after which delay. Pure: the caller runs the loop and waits. */
import type { CallFailure } from './failure.ts'

/**
 * `attempts` includes the first one; `firstDelayMs` doubles with each attempt. When the next delay would exceed
 * `maxDelayMs`, the call fails instead of waiting.
 */
export type RetryRule = { attempts: number; firstDelayMs: number; maxDelayMs?: number }

const MAX_BACKOFF_MS = 30_000
const MAX_RETRY_AFTER_MS = 60_000

/**
 * Whether a failed attempt may be repeated: a read after any transient failure, a write only when no part of it can
 * have been sent. Client errors (4xx other than 408 and 429) are never repeated.
 */
export function mayRepeat(failure: CallFailure, effect: 'read' | 'write'): boolean {
  return failure.transient && (effect === 'read' || !failure.maybeSent)
}

/**
 * Milliseconds to wait after attempt number `attempt` (from 1): exponential back-off, reduced at random by up to half
 * so that callers that failed together do not retry together, but never less than the service requested.
 * `random` is in [0, 1).
 */
export function retryDelayMs(rule: RetryRule, attempt: number, random: number, retryAfterMs = 0): number {
  const backoff = Math.min(MAX_BACKOFF_MS, rule.firstDelayMs * 2 ** (attempt - 1)) * (1 - random / 2)
  return Math.max(backoff, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS))
}
