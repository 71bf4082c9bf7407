/** The results that were fetched, indexed by subject and test case, so that judging never searches. */

import { createSubjectMap, type Subject } from '../subject/subject.ts'
import type { ResultsFact, TestResult } from './facts.ts'

/** Look-ups in what was fetched. */
export type Evidence = {
  /** The subject's results of a test case in retrieval order; undefined: not asked for yet. */
  resultsOf: (subject: Subject, testCase: string) => readonly TestResult[] | undefined
  /** All of the subject's results; undefined: not asked for yet. */
  allResultsOf: (subject: Subject) => readonly TestResult[] | undefined
}

type Shelf = { byTestCase: Map<string, TestResult[]>; all: TestResult[] | undefined; ids: Set<number> }

const NONE: readonly TestResult[] = []

/** Indexes results without those in `ignored`; a result that two queries of a subject found counts once. */
export function evidenceOf(facts: readonly ResultsFact[], ignored: ReadonlySet<number>): Evidence {
  const shelves = createSubjectMap<Shelf>()
  for (const fact of facts) {
    const { subject } = fact.need
    const shelf = shelves.get(subject) ?? { byTestCase: new Map(), all: undefined, ids: new Set() }
    shelves.set(subject, shelf)
    put(shelf, fact, ignored)
  }
  return {
    allResultsOf: (subject) => shelves.get(subject)?.all,
    resultsOf: (subject, testCase) => {
      const shelf = shelves.get(subject)
      return shelf?.byTestCase.get(testCase) ?? (shelf?.all && NONE)
    },
  }
}

function put(shelf: Shelf, { need, results }: ResultsFact, ignored: ReadonlySet<number>): void {
  if (need.testCases === 'all') shelf.all ??= []
  else for (const testCase of need.testCases) listOf(shelf, testCase)
  for (const result of results) {
    if (ignored.has(result.id) || shelf.ids.has(result.id)) continue
    shelf.ids.add(result.id)
    shelf.all?.push(result)
    listOf(shelf, result.testCase).push(result)
  }
}

function listOf(shelf: Shelf, testCase: string): TestResult[] {
  const known = shelf.byTestCase.get(testCase)
  if (known) return known
  const list: TestResult[] = []
  shelf.byTestCase.set(testCase, list)
  return list
}
