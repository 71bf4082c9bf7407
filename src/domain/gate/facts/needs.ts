/** What has to be fetched before a decision can go on, as plain data: one round, complete, in no need of order. */
import { createSubjectMap, type Subject } from '../subject/subject.ts'

/** The latest results of one subject, for these test cases only or for all there are. */
export type ResultsNeed = { subject: Subject; testCases: readonly string[] | 'all' }

/** One filter of the waiver service; without a test case it means all of them. */
export type WaiverFilter = {
  /** Canonical id. */
  subjectType: string
  subjectIdentifier: string
  productVersion: string
  testCase: string | null
}

/** One round of things to fetch. Nothing is listed twice, and nothing that was answered before. */
export type Needs = {
  results: readonly ResultsNeed[]
  /** NVRs to look up in the build system. */
  builds: readonly string[]
  /** Rule files to read: in each list only the first one that there is, tried in order. */
  files: readonly (readonly string[])[]
  /** All waivers the decision will ever need; empty: not yet known, or none. */
  waivers: readonly WaiverFilter[]
  /** The `since` argument for results and waivers of a request about the past; null: no limit. */
  since: string | null
}

const BEGINNING = '1900-01-01T00:00:00.000000'

/** `start,end` as both databases take it; null without an end (behaviour/greenwave 3.7, 3.9). */
export function sinceUntil(when: string | null): string | null {
  return when === null ? null : `${BEGINNING},${when}`
}

/** Whether nothing is left to fetch. */
export function isSettled(needs: Needs): boolean {
  return [needs.results, needs.builds, needs.files, needs.waivers].every((list) => list.length === 0)
}

/** The open needs of one round; filled while judging, read when the round is over. */
export type MissingFacts = {
  result: (subject: Subject, testCase: string) => void
  allResults: (subject: Subject) => void
  build: (nvr: string) => void
  /** The first of these files that there is. */
  file: (places: readonly string[]) => void
  /** The round as plain data. */
  needs: (when: string | null) => Needs
}

/** Nothing missing yet. */
export function createMissingFacts(): MissingFacts {
  const results = createSubjectMap<{ subject: Subject; testCases: Set<string> | 'all' }>()
  const builds = new Set<string>()
  const files = new Map<string, readonly string[]>()
  return {
    result: (subject, testCase) => {
      const missing = results.get(subject)
      if (!missing) results.set(subject, { subject, testCases: new Set([testCase]) })
      else if (missing.testCases !== 'all') missing.testCases.add(testCase)
    },
    allResults: (subject) => results.set(subject, { subject, testCases: 'all' }),
    build: (nvr) => builds.add(nvr),
    file: (places) => files.set(places.join(' '), places),
    needs: (when) => ({
      results: results.values().map(asNeed),
      builds: [...builds],
      files: [...files.values()],
      waivers: [],
      since: sinceUntil(when),
    }),
  }
}

function asNeed({ subject, testCases }: { subject: Subject; testCases: Set<string> | 'all' }): ResultsNeed {
  return { subject, testCases: testCases === 'all' ? 'all' : [...testCases] }
}
