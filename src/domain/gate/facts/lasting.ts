/** Decides whether facts can change without any news of their subject. */
import type { BuildFact, Facts, FileFact } from './facts.ts'

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

/** Whether the build is known with its sources. Any other may still be imported, and have a rule file then. */
export function hasSources(fact: BuildFact): boolean {
  return fact.kind === 'found' && fact.build.sourceUrl !== null
}

/**
 * False: a decision on these facts may change without a message: with time, with a rule file on a branch, or when a build, its
 * sources or a rule file appears that was missing or briefly not visible.
 */
export function isLasting(facts: Facts): boolean {
  const isLastingFile = ([url, { kind }]: [string, FileFact]) => kind !== 'absent' && isPinned(url)
  return (
    isTimeless(facts) && facts.builds.values().every(hasSources) && facts.files.entries().every(isLastingFile)
  )
}
