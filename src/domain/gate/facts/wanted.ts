/** Collects what one round of judging finds missing, each thing once. */

import type { Subject } from '../subject/subject.ts'
import { createSubjectMap } from '../subject/subject-map.ts'
import { type Needs, type ResultsNeed, sinceUntil } from './needs.ts'

/** The open needs of one round; filled while judging, read when the round is over. */
export type Wanted = {
  result: (subject: Subject, testCase: string) => void
  allResults: (subject: Subject) => void
  build: (nvr: string) => void
  /** The first of these files that there is. */
  file: (places: readonly string[]) => void
  /** The round as plain data. */
  needs: (when: string | null) => Needs
}

/** Nothing wanted yet. */
export function nothingWanted(): Wanted {
  const results = createSubjectMap<{ subject: Subject; testCases: Set<string> | 'all' }>()
  const builds = new Set<string>()
  const files = new Map<string, readonly string[]>()
  return {
    result: (subject, testCase) => {
      const wanted = results.get(subject)
      if (!wanted) results.set(subject, { subject, testCases: new Set([testCase]) })
      else if (wanted.testCases !== 'all') wanted.testCases.add(testCase)
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
