/** The fetched results, indexed by subject and test case, so that the judge never searches. */

import { createSubjectMap, type Subject } from '../subject/subject.ts'
import { type ResultKey, type ResultsFact, resultKey, type TestResult } from './facts.ts'

/** Look-ups in the fetched results. */
export type Evidence = {
  /** The subject's results of a test case in retrieval order; undefined: not fetched yet. */
  resultsOf: (subject: Subject, testCase: string) => readonly TestResult[] | undefined
  /** All of the subject's results; undefined: not fetched yet. */
  allResultsOf: (subject: Subject) => readonly TestResult[] | undefined
}

type SubjectResults = {
  byTestCase: Map<string, TestResult[]>
  all: TestResult[] | undefined
  /** Results whose test case cannot be read: they count for every test case. */
  ofAnyTestCase: TestResult[]
  keys: Set<ResultKey>
}

const NONE: readonly TestResult[] = []

/** Indexes results without those in `ignored`; a result that two queries of a subject found counts once. */
export function evidenceOf(facts: readonly ResultsFact[], ignored: ReadonlySet<number>): Evidence {
  const bySubject = createSubjectMap<SubjectResults>()
  const isOfAll = ({ need }: ResultsFact) => need.testCases === 'all'
  // All results of a subject come first: otherwise those of a part would be taken for repeated, and be missing among all.
  for (const fact of [...facts.filter(isOfAll), ...facts.filter((item) => !isOfAll(item))]) {
    const { subject } = fact.need
    const subjectResults = bySubject.get(subject) ?? newSubjectResults()
    bySubject.set(subject, subjectResults)
    put(subjectResults, fact, ignored)
  }
  return {
    allResultsOf: (subject) => bySubject.get(subject)?.all,
    resultsOf: (subject, testCase) => {
      const subjectResults = bySubject.get(subject)
      const known = subjectResults?.byTestCase.get(testCase) ?? (subjectResults?.all && NONE)
      return subjectResults?.ofAnyTestCase.length ? known?.concat(subjectResults.ofAnyTestCase) : known
    },
  }
}

function newSubjectResults(): SubjectResults {
  return { byTestCase: new Map(), all: undefined, ofAnyTestCase: [], keys: new Set() }
}

function put(
  subjectResults: SubjectResults,
  { need, results }: ResultsFact,
  ignored: ReadonlySet<number>,
): void {
  if (need.testCases === 'all') subjectResults.all ??= []
  else for (const testCase of need.testCases) listOf(subjectResults, testCase)
  for (const result of results) {
    const key = resultKey(result)
    if ((result.id !== null && ignored.has(result.id)) || subjectResults.keys.has(key)) continue
    subjectResults.keys.add(key)
    subjectResults.all?.push(result)
    if (result.fault?.unknown.has('testCase')) subjectResults.ofAnyTestCase.push(result)
    else listOf(subjectResults, result.testCase).push(result)
  }
}

function listOf(subjectResults: SubjectResults, testCase: string): TestResult[] {
  const known = subjectResults.byTestCase.get(testCase)
  if (known) return known
  const list: TestResult[] = []
  subjectResults.byTestCase.set(testCase, list)
  return list
}
