/**
 * Distributes one answer of the results database to the queries that were joined into its request. The joint request may
 * return more than the single queries would have: here each gets exactly what it would have found alone.
 */

import { type ItemKeys, resultQueriesOf } from '../subject/subject.ts'
import { resultKey, type TestResult } from './facts.ts'
import type { ResultsNeed } from './needs.ts'

/** The latest results whose data has all `keys` (a value may be a comma list of alternatives), of these test cases. */
export type ResultQuery = { keys: ItemKeys; testCases: readonly string[] | 'all' }

/** The queries that meet a need, in the order in which their results are joined. */
export function queriesFor({ subject, testCases }: ResultsNeed): ResultQuery[] {
  return resultQueriesOf(subject).map((keys) => ({ keys, testCases }))
}

/**
 * The results of each query, newest first. `distinctOn`: for each combination of these keys' values only the newest
 * result counts (behaviour/greenwave 3.7). A query that was sent alone takes what the database selected, unchecked.
 */
export function distributeResults(
  queries: readonly ResultQuery[],
  results: readonly TestResult[],
  distinctOn: readonly string[],
): Map<ResultQuery, TestResult[]> {
  const [only, ...rest] = queries
  if (only && rest.length === 0) return new Map([[only, results.filter(isOfTestCases(only))]])
  const find = indexed(results, new Set(queries.flatMap(({ keys }) => Object.keys(keys))))
  return new Map(
    queries.map((query) => [query, latest(find(query.keys).filter(isOfTestCases(query)), distinctOn)]),
  )
}

/** A result of which a part is unknown that selects or sorts results: it may be the newest one. */
function isUnplaced({ fault }: TestResult): boolean {
  return fault !== null && fault.unknown.size > 0
}

function isOfTestCases({ testCases }: ResultQuery): (result: TestResult) => boolean {
  if (testCases === 'all') return () => true
  const wanted = new Set(testCases)
  return ({ testCase, fault }) => wanted.has(testCase) || fault?.unknown.has('testCase') === true
}

/** Compares for newest first, as the database sorts; of equal times the higher id is newer. */
export function newestFirst(left: TestResult, right: TestResult): number {
  if (left.submitTime !== right.submitTime) return left.submitTime < right.submitTime ? 1 : -1
  return (right.id ?? 0) - (left.id ?? 0)
}

/**
 * The newest result of each test case and combination of values; a key with several values counts for each. Results
 * that cannot be placed are all kept, and hide no other.
 */
export function latest(results: readonly TestResult[], distinctOn: readonly string[]): TestResult[] {
  const seen = new Set<string>()
  return results.toSorted(newestFirst).filter((result) => {
    if (isUnplaced(result)) return true
    const fresh = combinations(result, distinctOn).filter((combination) => !seen.has(combination))
    for (const combination of fresh) seen.add(combination)
    return fresh.length > 0
  })
}

function combinations({ testCase, data }: TestResult, distinctOn: readonly string[]): string[] {
  let combined: (string | null)[][] = [[testCase]]
  for (const key of distinctOn) {
    const values = data[key]?.length ? data[key] : [null]
    combined = combined.flatMap((start) => values.map((value) => [...start, value]))
  }
  return combined.map((values) => JSON.stringify(values))
}

/** Indexes results by key and value; a look-up scans only the key of its query with the fewest results. */
function indexed(results: readonly TestResult[], keys: ReadonlySet<string>) {
  const byPair = new Map<string, TestResult[]>()
  const unplaced: TestResult[] = []
  for (const result of new Map(results.map((item) => [resultKey(item), item])).values()) {
    if (result.fault?.unknown.has('data')) unplaced.push(result)
    for (const key of keys) {
      for (const value of new Set(result.data[key])) {
        const pair = pairOf(key, value)
        const list = byPair.get(pair)
        if (list) list.push(result)
        else byPair.set(pair, [result])
      }
    }
  }
  return (query: ItemKeys): TestResult[] => {
    const found = Object.entries(query).map(([key, value]) =>
      value.split(',').map((item) => byPair.get(pairOf(key, item)) ?? []),
    )
    const size = (lists: readonly TestResult[][]) => lists.reduce((sum, list) => sum + list.length, 0)
    const fewest = found.sort((left, right) => size(left) - size(right))[0] ?? []
    return [...[...new Set(fewest.flat())].filter((result) => matches(result, query)), ...unplaced]
  }
}

/** True if the results database would find the result by this query. */
export function matches({ data }: TestResult, query: ItemKeys): boolean {
  return Object.entries(query).every(([key, value]) =>
    value.split(',').some((item) => data[key]?.includes(item)),
  )
}

function pairOf(key: string, value: string): string {
  return `${key.length}:${key} ${value}`
}
