/**
 * Facts cached between requests, where the settings allow it (behaviour/greenwave 3.7, 4.7): test cases that passed, builds,
 * and rule files that cannot change. That something was not found, a build without its sources, and where no news of subjects arrive
 * also a passed result, is cached for a few seconds only (decision 0090).
 */
import type { BuildFact, Facts, FileFact, ResultsFact, TestResult } from '../../../domain/gate/facts/facts.ts'
import { hasSources, isPinned } from '../../../domain/gate/facts/lasting.ts'
import type { Subject } from '../../../domain/gate/subject/subject.ts'
import type { SubjectType } from '../../../domain/gate/subject/subject-type.ts'
import { createCache } from '../../../lib/cache.ts'

/** Facts by subject and test case, by NVR and by URL. */
export type FactCache = {
  /** Version stamp; take it before sending a query, so that newer invalidations win. */
  mark(): number
  /** The cached results of those test cases that are known to have passed. */
  passedResults(subject: Subject, testCases: readonly string[]): PassedResults
  /** Caches results that all passed, unless the subject was forgotten after `mark`. */
  cachePassed(subject: Subject, testCase: string, results: readonly TestResult[], mark: number): void
  /** Drops the cached results of a test case that turns out not to have passed. */
  dropPassed(subject: Subject, testCase: string): void
  build(nvr: string): BuildFact | undefined
  /** Caches the fact, unless the build was forgotten after `mark`. */
  cacheBuild(nvr: string, fact: BuildFact, mark: number): void
  file(url: string): FileFact | undefined
  cacheFile(url: string, fact: FileFact): void
  /**
   * Whether these very facts are all cached now: the needs that have led to them would then lead to them again, without a call. It
   * does not count as a lookup. Waivers are never cached.
   */
  holds(facts: Facts): boolean
  /** Drops all facts of an identifier, whatever the type: a result may count for subjects of several types. */
  forget(identifier: string): void
  /** Drops the facts of all subjects. Files stay: they cannot change, or are cached for seconds. */
  forgetAll(): void
}

/** Results by test case. */
export type PassedResults = ReadonlyMap<string, readonly TestResult[]>

/** A lookup in the cache: the kind of fact, whether it was cached, and how many of them. */
export type CacheLookup = { kind: 'results' | 'build' | 'file'; found: boolean; count: number }

/**
 * `cacheSeconds` 0 disables the cache. `hasNews`: news of subjects lead to `forget`. `now` returns the milliseconds of a clock that
 * never goes back.
 */
export type FactCacheOptions = {
  cacheSeconds: number
  hasNews: boolean
  now: () => number
  onLookup?: (lookup: CacheLookup) => void
}

const MAX_SUBJECTS = 20_000
const MAX_BUILDS = 50_000
const MAX_FILES = 10_000
/** The number of news that are certain to be remembered: half of the capacity, since looking one up keeps it longer. */
const MAX_NEWS = MAX_SUBJECTS / 2
const SHORT_MS = 10_000
/** Longer than any call can be under way. */
const FORGOTTEN_MS = 3600_000

/** An empty cache. */
export function createFactCache({ cacheSeconds, hasNews, now, onLookup }: FactCacheOptions): FactCache {
  const cacheMs = cacheSeconds * 1000
  const shortMs = Math.min(cacheMs, SHORT_MS)
  const passedMs = hasNews ? cacheMs : shortMs
  const passed = createCache<Map<SubjectType['id'], Map<string, readonly TestResult[]>>>(MAX_SUBJECTS, now) // by identifier
  const forgotten = createCache<number>(MAX_SUBJECTS, now)
  const builds = createCache<BuildFact>(MAX_BUILDS, now)
  const files = createCache<FileFact>(MAX_FILES, now)
  let version = 0
  /** The version at which everything was forgotten. */
  let allForgotten = 0
  /** If there were more news than are remembered, any of them may have been about this identifier. */
  const isNewsSince = (identifier: string, mark: number) =>
    version - mark > MAX_NEWS || Math.max(forgotten.get(identifier) ?? 0, allForgotten) > mark

  function counted<V>(kind: CacheLookup['kind'], value: V | undefined): V | undefined {
    report(kind, value !== undefined, 1)
    return value
  }

  function report(kind: CacheLookup['kind'], found: boolean, count: number): void {
    if (cacheMs > 0 && count > 0) onLookup?.({ kind, found, count })
  }

  function holdsResults({ need: { subject, testCases }, results }: ResultsFact): boolean {
    if (testCases === 'all') return false
    const ofType = passed.get(subject.identifier)?.get(subject.type.id)
    let count = 0
    for (const testCase of testCases) {
      const cached = ofType?.get(testCase)
      if (!cached?.every((result) => result === results[count++])) return false
    }
    return count === results.length
  }

  return {
    mark: () => version,
    passedResults: ({ type, identifier }, testCases) => {
      const ofType = passed.get(identifier)?.get(type.id)
      const found = new Map<string, readonly TestResult[]>()
      for (const testCase of ofType ? testCases : []) {
        const results = ofType?.get(testCase)
        if (results) found.set(testCase, results)
      }
      report('results', true, found.size)
      report('results', false, testCases.length - found.size)
      return found
    },
    cachePassed: ({ type, identifier }, testCase, results, mark) => {
      if (cacheMs <= 0 || isNewsSince(identifier, mark)) return
      const known = passed.get(identifier)
      const ofType = known?.get(type.id)
      if (ofType) ofType.set(testCase, results)
      else if (known) known.set(type.id, new Map([[testCase, results]]))
      else passed.set(identifier, new Map([[type.id, new Map([[testCase, results]])]]), passedMs)
    },
    dropPassed: ({ type, identifier }, testCase) => {
      passed.get(identifier)?.get(type.id)?.delete(testCase)
    },
    build: (nvr) => counted('build', builds.get(nvr)),
    cacheBuild: (nvr, fact, mark) => {
      if (fact.kind !== 'failed' && !isNewsSince(nvr, mark))
        builds.set(nvr, fact, hasSources(fact) ? cacheMs : shortMs)
    },
    file: (url) => counted('file', files.get(url)),
    cacheFile: (url, fact) => {
      if (fact.kind === 'absent') files.set(url, fact, shortMs)
      else if (fact.kind !== 'failed' && isPinned(url)) files.set(url, fact, cacheMs)
    },
    holds: (facts) =>
      cacheMs > 0 &&
      facts.waivers === null &&
      facts.results.every(holdsResults) &&
      [...facts.builds].every(([nvr, fact]) => builds.get(nvr) === fact) &&
      [...facts.files].every(([url, fact]) => files.get(url) === fact),
    forget: (identifier) => {
      version += 1
      if (cacheMs > 0) forgotten.set(identifier, version, FORGOTTEN_MS)
      passed.delete(identifier)
      builds.delete(identifier)
    },
    forgetAll: () => {
      version += 1
      allForgotten = version
      passed.clear()
      builds.clear()
    },
  }
}
