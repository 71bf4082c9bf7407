/** Statistics of samples, and numbers as text. */

/** The smallest sample that is not exceeded by at least this share (0 to 1) of the samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  if (found === undefined) throw new Error('No samples were measured.')
  return found
}

/** The median of the samples: the quantile of one half. */
export const median = (samples: readonly number[]): number => quantile(samples, 0.5)

/** Runs `work` and returns the milliseconds it took. */
export async function timed(work: () => unknown): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** A number with two or three significant digits: `0.52`, `4.3`, `120`, `15,300`. */
export function show(value: number): string {
  const digits = fractionDigits(value)
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function fractionDigits(value: number): number {
  if (value >= 100) return 0
  return value >= 10 ? 1 : 2
}

/** A duration in milliseconds, or in seconds from ten seconds on. */
export function showMs(ms: number): string {
  return ms >= 10_000 ? `${show(ms / 1000)} s` : `${show(ms)} ms`
}
