/** A number for a name, the same in every run. */

/** Names are hashed to 0 to `MAX_HASH`. */
export const MAX_HASH = 1_000_002

/** Spreads names evenly; different names may have the same number. */
export function hashOf(name: string): number {
  return [...name].reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) % (MAX_HASH + 1), 7)
}
