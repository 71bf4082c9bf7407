/** Whether facts can change without any news of their subject. */
import type { Facts } from './facts.ts'

/** An address with a full commit hash. */
const PINNED = /(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])/

/** Whether the file at the address never changes. */
export function isPinned(url: string): boolean {
  return PINNED.test(url)
}

/** False: a decision on these facts depends on when it is made, since a build whose creation time is not known counts as new. */
export function isTimeless({ builds }: Facts): boolean {
  return builds.values().every((fact) => fact.kind !== 'found' || fact.build.creationTime !== null)
}

/** False: a decision on these facts may change without a message: with the time, or with a rule file on a branch. */
export function isLasting(facts: Facts): boolean {
  return isTimeless(facts) && facts.files.keys().every(isPinned)
}
