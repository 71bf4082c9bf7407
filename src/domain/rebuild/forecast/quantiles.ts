/** Quantiles of sorted numbers, and where a number lies among them. */

/** The value below which `share` (0 to 1) of the numbers lie, interpolated linearly; NaN for an empty list. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below] ?? Number.NaN
  const high = sorted[below + 1] ?? low
  return low + (high - low) * (position - below)
}

/** The share (0 to 1) at which `quantile` gives `value`; 1 for a value that is not below the largest. */
export function shareOf(sorted: ArrayLike<number>, value: number): number {
  const last = sorted.length - 1
  if (last < 1 || value >= (sorted[last] ?? value)) return value >= (sorted[last] ?? value) ? 1 : 0
  if (value <= (sorted[0] ?? value)) return 0
  let low = 0
  let high = last
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? value) <= value) low = middle
    else high = middle
  }
  const left = sorted[low] ?? value
  const right = sorted[high] ?? value
  return (low + (right > left ? (value - left) / (right - left) : 0)) / last
}
