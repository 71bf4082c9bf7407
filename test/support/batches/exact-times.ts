/** Exact times for tests of batches: time passes only while everything waits for it, whatever else the machine does. */
import { afterEach, beforeEach, vi } from 'vitest'
import { createTokenBucket, type TokenBucket } from '../../../src/lib/async/token-bucket.ts'

/** Makes time exact in every test of the file. */
export function useExactTimes(): void {
  beforeEach(() => {
    vi.useFakeTimers().setTimerTickMode('nextTimerAsync')
  })
  afterEach(() => {
    vi.useRealTimers()
  })
}

/** Waits for so many milliseconds of the exact time. */
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A bucket with a token for each so many milliseconds. */
export const each = (ms: number, burst = 1): TokenBucket => createTokenBucket({ perSecond: 1000 / ms, burst })
