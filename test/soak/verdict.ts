/** Judges a soak: does anything grow once the warm-up is over? */
import { median } from '../bench/statistics.ts'
import { KINDS, type Sample } from './sample.ts'

/** The comparison of one number with its limit. */
export type Verdict = { what: string; first: number; last: number; unit: string; limit: string; met: boolean }

/** The beginning and the end that are compared, as shares of the samples after the warm-up. */
const SHARE = 1 / 5
const MEMORY_GROWTH = 1.05
/** Connections of pools come and go. */
const MAX_MORE_HANDLES = 10
const P99_GROWTH = 1.5
/** A smaller difference is noise. */
const P99_NOISE_MS = 10

/** Medians of the first and of the last fifth after the warm-up. @throws Error when there are too few samples */
export function judge(samples: readonly Sample[], warmUp: number): Verdict[] {
  const counted = samples.filter(({ minute }) => minute >= warmUp)
  const size = Math.floor(counted.length * SHARE)
  if (size < 1) throw new Error(`Only ${counted.length} samples after the warm-up.`)
  const compare = (read: (sample: Sample) => number) => ({
    first: median(counted.slice(0, size).map(read)),
    last: median(counted.slice(-size).map(read)),
  })
  const memory = KINDS.map((kind): Verdict => {
    const { first, last } = compare((sample) => sample.memoryMiB[kind])
    const met = last < first * MEMORY_GROWTH
    return { what: `memory of ${kind}`, first, last, unit: 'MiB', limit: 'grows by less than 5 %', met }
  })
  const handles = KINDS.map((kind): Verdict => {
    const { first, last } = compare((sample) => sample.handles[kind])
    const met = last <= first + MAX_MORE_HANDLES
    const limit = `at most ${MAX_MORE_HANDLES} more`
    return { what: `open handles of ${kind}`, first, last, unit: '', limit, met }
  })
  const { first, last } = compare(({ p99Ms }) => p99Ms)
  const met = last <= Math.max(first * P99_GROWTH, first + P99_NOISE_MS)
  const p99 = { what: 'p99 of a decision', first, last, unit: 'ms', limit: 'steady: at most x 1.5', met }
  return [...memory, ...handles, p99]
}
