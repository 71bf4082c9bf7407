/** What a decision needs before it can proceed, as plain data: one complete round, to be fetched in any order. */
import { createSubjectMap, type Subject } from '../subject/subject.ts'

/** The latest results of one subject, for these test cases only or for all. */
export type ResultsNeed = { subject: Subject; testCases: readonly string[] | 'all' }

/** One filter of the waiver service. */
export type WaiverFilter = {
  /** Canonical id. */
  subjectType: string
  subjectIdentifier: string
  productVersion: string
  /** null: all test cases. */
  testCase: string | null
}

/** One round of things to fetch, without duplicates and without what was fetched before. */
export type Needs = {
  results: readonly ResultsNeed[]
  /** NVRs to look up in the build system. */
  builds: readonly string[]
  /** Locations of rule files: of each list, tried in order, only the first file that exists is needed. */
  files: readonly (readonly string[])[]
  /** All waivers that the decision will ever need; empty: not known yet, or none. */
  waivers: readonly WaiverFilter[]
  /** The `since` argument for results and waivers of a request about the past; null: no limit. */
  since: string | null
}

const BEGINNING = '1900-01-01T00:00:00.000000'

/** `start,end` as both databases take it; null without an end (behaviour/greenwave 3.7, 3.9). */
function sinceUntil(when: string | null): string | null {
  return when === null ? null : `${BEGINNING},${when}`
}

/** True if nothing is left to fetch. */
export function isSettled(needs: Needs): boolean {
  return [needs.results, needs.builds, needs.files, needs.waivers].every((list) => list.length === 0)
}

/** Merges the needs of several decisions about the same time, without duplicates. */
export function mergeNeeds(all: readonly Needs[]): Needs {
  const missing = createMissingFacts()
  for (const { results, builds, files } of all) {
    for (const { subject, testCases } of results)
      if (testCases === 'all') missing.allResults(subject)
      else for (const testCase of testCases) missing.result(subject, testCase)
    for (const build of builds) missing.build(build)
    for (const urls of files) missing.file(urls)
  }
  const waivers = new Map(
    all.flatMap(({ waivers }) => waivers.map((filter) => [JSON.stringify(filter), filter])),
  )
  return { ...missing.needs(null), waivers: [...waivers.values()], since: all[0]?.since ?? null }
}

/** Collects the missing facts of one round: the judge fills it, and `needs` is read when the round is over. */
export type MissingFacts = {
  result: (subject: Subject, testCase: string) => void
  allResults: (subject: Subject) => void
  build: (nvr: string) => void
  /** The first of these files that exists. */
  file: (urls: readonly string[]) => void
  /** Everything collected, as plain data. `when`: the request's time, null for now. */
  needs: (when: string | null) => Needs
}

/** An empty collection. */
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
    file: (urls) => files.set(urls.join(' '), urls),
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
