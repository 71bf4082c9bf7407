/** What JSON can hold, and how deep. */

/** Anything that `JSON.parse` can give. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Whether nothing lies deeper than so many levels; what does is cheap to read, and kills whoever writes it out again. */
export function isWithinDepth(json: unknown, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return true
  return levels > 0 && Object.values(json).every((value) => isWithinDepth(value, levels - 1))
}
