/** Writes how many there are of something. */

/** `1 image`, `2 images`; numbers have separators. */
export function amount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}
