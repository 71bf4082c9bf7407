/** Caches what was fetched for large requests that ended without a decision: the same request continues from there (decision 0011). */
import type { TestResult } from '../../../domain/gate/facts/facts.ts'
import type { ResultsNeed } from '../../../domain/gate/facts/needs.ts'
import type { ResultQuery } from '../../../domain/gate/facts/result-selection.ts'

/** The latest results of a query as of a time (milliseconds since 1970): results submitted since then are not among them. */
export type CachedResults = { results: readonly TestResult[]; asOf: number }

/** The number of subjects of which something is still to be fetched, and how many of these are partly known. */
export type Missing = { subjects: number; partly: number }

/** What attempts at one request have fetched; two at the same time share it. */
export type FetchAttempt = {
  /** The cached results of a query; undefined: not fetched yet, or there is news of the subject. */
  resultsOf(need: ResultsNeed, query: ResultQuery): CachedResults | undefined
  /** Caches them, unless there has been news of the subject. */
  cache(need: ResultsNeed, query: ResultQuery, cached: CachedResults): void
  /** undefined: no results were requested. */
  missing(): Missing | undefined
  /** Sets what `missing` counts by. */
  expect(pairs: readonly { need: ResultsNeed; queries: readonly ResultQuery[] }[]): void
}

/** The attempts of a process, by a text that is equal for equal requests. */
export type Attempts = {
  begin(key: string): FetchAttempt
  /** After a decision: the next request starts over. */
  end(key: string): void
  /** Drops what is cached of subjects with this identifier. */
  forget(identifier: string): void
  forgetAll(): void
}

type CachedAttempt = {
  until: number
  byIdentifier: Map<string, Map<string, CachedResults>>
  /** Subjects with news since the first attempt: nothing is cached of them. */
  news: Set<string>
  attempt: FetchAttempt
}

/** Requests of thousands of subjects are rare, and what is cached of one may take a hundred megabytes. */
const MAX_CACHED = 4
/** Counted from the first attempt: results are not cached any longer even if attempts continue. */
const CACHED_MS = 600_000

/** Nothing cached yet. `now` returns milliseconds of a clock that never goes back. */
export function createAttempts(now: () => number): Attempts {
  const all = new Map<string, CachedAttempt>() // oldest first

  function known(key: string): CachedAttempt | undefined {
    for (const [each, { until }] of all) if (until <= now()) all.delete(each)
    return all.get(key)
  }

  function begin(key: string): CachedAttempt {
    const [oldest] = all.size >= MAX_CACHED ? all.keys() : []
    if (oldest !== undefined) all.delete(oldest)
    const cached = newAttempt(now() + CACHED_MS)
    all.set(key, cached)
    return cached
  }

  return {
    begin: (key) => (known(key) ?? begin(key)).attempt,
    end: (key) => {
      all.delete(key)
    },
    forget: (identifier) => {
      for (const { byIdentifier, news } of all.values()) {
        news.add(identifier)
        byIdentifier.delete(identifier)
      }
    },
    forgetAll: () => all.clear(), // attempts under way keep what they fetch for themselves alone
  }
}

function newAttempt(until: number): CachedAttempt {
  const byIdentifier: CachedAttempt['byIdentifier'] = new Map()
  const news: CachedAttempt['news'] = new Set()
  let expected: Parameters<FetchAttempt['expect']>[0] | undefined
  const attempt: FetchAttempt = {
    resultsOf: ({ subject }, query) => byIdentifier.get(subject.identifier)?.get(textOf(query)),
    cache: ({ subject: { identifier } }, query, cached) => {
      if (news.has(identifier)) return
      const ofSubject = byIdentifier.get(identifier) ?? new Map<string, CachedResults>()
      byIdentifier.set(identifier, ofSubject.set(textOf(query), cached))
    },
    missing: () => {
      const isKnown = (need: ResultsNeed) => (query: ResultQuery) =>
        attempt.resultsOf(need, query) !== undefined
      const open = expected?.filter(({ need, queries }) => !queries.every(isKnown(need)))
      const partly = open?.filter(({ need, queries }) => queries.some(isKnown(need)))
      return open && { subjects: open.length, partly: partly?.length ?? 0 }
    },
    expect: (pairs) => {
      expected = pairs
    },
  }
  return { until, byIdentifier, news, attempt }
}

function textOf({ keys, testCases }: ResultQuery): string {
  return JSON.stringify([keys, testCases])
}
