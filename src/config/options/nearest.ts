/** Finds what a misspelled name was probably meant to be. */
import { distance } from 'fastest-levenshtein'

/** A name whose edits exceed this share of its length was not meant. */
const MAX_DISTANCE = 0.4

/**
 * The names with the fewest edits (insert, delete or replace a character) from `name`, whose case and hyphens do not
 * count. Several when they are equally near, none when nothing is near.
 */
export function nearestNames(name: string, names: readonly string[]): string[] {
  const plain = name.toLowerCase().replaceAll('-', '_')
  const edits = names.map((candidate) => distance(plain, candidate.toLowerCase()))
  const fewest = Math.min(...edits)
  if (fewest > Math.max(2, plain.length * MAX_DISTANCE)) return []
  return names.filter((_candidate, index) => edits[index] === fewest)
}
