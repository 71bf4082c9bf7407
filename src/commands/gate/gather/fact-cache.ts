/**
 * What is remembered between requests, where the settings allow it (behaviour/greenwave 3.7, 4.7): test cases that passed,
 * builds, and rule files that cannot change. What was not found is remembered for a moment only.
 */
import type { BuildFact, FileFact, TestResult } from '../../../domain/gate/facts/facts.ts'
import type { Subject } from '../../../domain/gate/subject/subject.ts'
import type { SubjectType } from '../../../domain/gate/subject/subject-type.ts'
import { createCache } from '../../../lib/cache.ts'

/** Facts by subject and test case, NVR and URL. */
export type KnownFacts = {
  /** A point in time, to be taken before anything is asked for. */
  mark(): number
  /** Those of the test cases that are known to have passed. */
  passedResults(subject: Subject, testCases: readonly string[]): PassedResults
  /** Keeps results that all passed, unless something has become known of the subject since `mark`. */
  keepPassed(subject: Subject, testCase: string, results: readonly TestResult[], mark: number): void
  /** Drops what was known: it has been seen not to be so any more. */
  dropPassed(subject: Subject, testCase: string): void
  build(nvr: string): BuildFact | undefined
  /** Keeps it, unless something has become known of the build since `mark`. */
  keepBuild(nvr: string, fact: BuildFact, mark: number): void
  file(url: string): FileFact | undefined
  keepFile(url: string, fact: FileFact): void
  /** Drops what is known under an identifier, whatever the type: a result may count for subjects of several types. */
  forget(identifier: string): void
}

/** Results by test case. */
export type PassedResults = ReadonlyMap<string, readonly TestResult[]>

/** Which kind of fact was looked for, whether it was there, and how many of them. */
export type LookUp = { kind: 'results' | 'build' | 'file'; found: boolean; count: number }

/** `cacheSeconds` 0 keeps nothing. `now` gives milliseconds of a clock that never goes back. */
export type KnownFactsOptions = {
  cacheSeconds: number
  now: () => number
  onLookUp?: (lookUp: LookUp) => void
}

const MAX_SUBJECTS = 20_000
const MAX_BUILDS = 50_000
const MAX_FILES = 10_000
const NOT_FOUND_MS = 10_000
/** Longer than anything can be under way. */
const FORGOTTEN_MS = 3600_000
/** A full commit number as a part of the address: what is there stays as it is. */
const PINNED = /(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])/

/** Nothing known yet. */
export function createKnownFacts({ cacheSeconds, now, onLookUp }: KnownFactsOptions): KnownFacts {
  const keepMs = cacheSeconds * 1000
  const shortMs = Math.min(keepMs, NOT_FOUND_MS)
  const passed = createCache<Map<SubjectType['id'], Map<string, readonly TestResult[]>>>(MAX_SUBJECTS, now) // by identifier
  const forgotten = createCache<number>(MAX_SUBJECTS, now)
  const builds = createCache<BuildFact>(MAX_BUILDS, now)
  const files = createCache<FileFact>(MAX_FILES, now)
  let turn = 0

  function counted<V>(kind: LookUp['kind'], value: V | undefined): V | undefined {
    tell(kind, value !== undefined, 1)
    return value
  }

  function tell(kind: LookUp['kind'], found: boolean, count: number): void {
    if (keepMs > 0 && count > 0) onLookUp?.({ kind, found, count })
  }

  return {
    mark: () => turn,
    passedResults: ({ type, identifier }, testCases) => {
      const ofType = passed.get(identifier)?.get(type.id)
      const found = new Map<string, readonly TestResult[]>()
      for (const testCase of ofType ? testCases : []) {
        const results = ofType?.get(testCase)
        if (results) found.set(testCase, results)
      }
      tell('results', true, found.size)
      tell('results', false, testCases.length - found.size)
      return found
    },
    keepPassed: ({ type, identifier }, testCase, results, mark) => {
      if (keepMs <= 0 || (forgotten.get(identifier) ?? 0) > mark) return
      const known = passed.get(identifier)
      const ofType = known?.get(type.id)
      if (ofType) ofType.set(testCase, results)
      else if (known) known.set(type.id, new Map([[testCase, results]]))
      else passed.set(identifier, new Map([[type.id, new Map([[testCase, results]])]]), keepMs)
    },
    build: (nvr) => counted('build', builds.get(nvr)),
    dropPassed: ({ type, identifier }, testCase) => {
      passed.get(identifier)?.get(type.id)?.delete(testCase)
    },
    keepBuild: (nvr, fact, mark) => {
      if (fact.kind !== 'failed' && (forgotten.get(nvr) ?? 0) <= mark)
        builds.set(nvr, fact, fact.kind === 'found' ? keepMs : shortMs)
    },
    file: (url) => counted('file', files.get(url)),
    keepFile: (url, fact) => {
      if (fact.kind === 'absent') files.set(url, fact, shortMs)
      else if (fact.kind !== 'failed' && PINNED.test(url)) files.set(url, fact, keepMs)
    },
    forget: (identifier) => {
      turn += 1
      if (keepMs > 0) forgotten.set(identifier, turn, FORGOTTEN_MS)
      passed.delete(identifier)
      builds.delete(identifier)
    },
  }
}
