/** Numbers from samples, and numbers as text. */

/** The smallest sample that at least this share (0 to 1) of all samples does not exceed. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  if (found === undefined) throw new Error('nothing was measured')
  return found
}

/** Half of the samples are at most this. */
export const median = (samples: readonly number[]): number => quantile(samples, 0.5)

/** Runs `work` and returns the milliseconds it took. */
export async function timed(work: () => unknown): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** A number with as many digits as one can compare: `0.52`, `4.3`, `120`, `15,300`. */
export function show(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Milliseconds in the unit that suits them. */
export function showMs(ms: number): string {
  return ms >= 10_000 ? `${show(ms / 1000)} s` : `${show(ms)} ms`
}
