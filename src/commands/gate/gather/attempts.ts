/** Keeps what was fetched for large requests that ended without a decision: the same request continues from there (decision 0011). */
import type { TestResult } from '../../../domain/gate/facts/facts.ts'
import type { ResultsNeed } from '../../../domain/gate/facts/needs.ts'
import type { ResultQuery } from '../../../domain/gate/facts/result-selection.ts'

/** The latest results of a query as of a time (milliseconds since 1970): results submitted since then are not among them. */
export type KeptResults = { results: readonly TestResult[]; asOf: number }

/** The number of subjects of which something is still to be fetched, and how many of these are partly known. */
export type Missing = { subjects: number; partly: number }

/** What attempts at one request have fetched; two at the same time share it. */
export type FetchAttempt = {
  /** The kept results of a query; undefined: not fetched yet, or there is news of the subject. */
  resultsOf(need: ResultsNeed, query: ResultQuery): KeptResults | undefined
  /** Keeps them, unless there has been news of the subject. */
  keep(need: ResultsNeed, query: ResultQuery, kept: KeptResults): void
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
  /** Drops what is kept of subjects with this identifier. */
  forget(identifier: string): void
  forgetAll(): void
}

type Kept = {
  until: number
  byIdentifier: Map<string, Map<string, KeptResults>>
  /** Subjects with news since the first attempt: nothing is kept of them. */
  news: Set<string>
  attempt: FetchAttempt
}

/** Requests of thousands of subjects are rare, and what is kept of one may take a hundred megabytes. */
const MAX_KEPT = 4
/** Counted from the first attempt: results are not kept any longer even if attempts continue. */
const KEPT_MS = 600_000

/** Nothing kept yet. `now` returns milliseconds of a clock that never goes back. */
export function createAttempts(now: () => number): Attempts {
  const all = new Map<string, Kept>() // oldest first

  function known(key: string): Kept | undefined {
    for (const [each, { until }] of all) if (until <= now()) all.delete(each)
    return all.get(key)
  }

  function begin(key: string): Kept {
    const [oldest] = all.size >= MAX_KEPT ? all.keys() : []
    if (oldest !== undefined) all.delete(oldest)
    const kept = newAttempt(now() + KEPT_MS)
    all.set(key, kept)
    return kept
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

function newAttempt(until: number): Kept {
  const byIdentifier: Kept['byIdentifier'] = new Map()
  const news: Kept['news'] = new Set()
  let expected: Parameters<FetchAttempt['expect']>[0] | undefined
  const attempt: FetchAttempt = {
    resultsOf: ({ subject }, query) => byIdentifier.get(subject.identifier)?.get(textOf(query)),
    keep: ({ subject: { identifier } }, query, kept) => {
      if (news.has(identifier)) return
      const ofSubject = byIdentifier.get(identifier) ?? new Map<string, KeptResults>()
      byIdentifier.set(identifier, ofSubject.set(textOf(query), kept))
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
