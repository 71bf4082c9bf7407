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

/** Whether a part that selects or sorts results is unknown: such a result may be the newest one. */
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
  const repeated = repeatedTestCases(results)
  return results.toSorted(newestFirst).filter((result) => {
    if (isUnplaced(result) || !repeated.has(result.testCase)) return true
    const fresh = combinations(result, distinctOn).filter((combination) => !seen.has(combination))
    for (const combination of fresh) seen.add(combination)
    return fresh.length > 0
  })
}

/** Most have one result, which is the newest without any comparison. */
function repeatedTestCases(results: readonly TestResult[]): Set<string> {
  const known = new Set<string>()
  const repeated = new Set<string>()
  for (const { testCase } of results) (known.has(testCase) ? repeated : known).add(testCase)
  return repeated
}

/** One text for each combination; the length before each value keeps them unambiguous. */
function combinations({ testCase, data }: TestResult, distinctOn: readonly string[]): string[] {
  let combined = [partOf(testCase)]
  for (const key of distinctOn) {
    const parts = data[key]?.length ? data[key].map(partOf) : ['-']
    combined = combined.flatMap((start) => parts.map((part) => start + part))
  }
  return combined
}

function partOf(value: string): string {
  return `${value.length}:${value}`
}

/** Indexes results by key and value; a lookup scans only the key of its query with the fewest results. */
function indexed(results: readonly TestResult[], keys: ReadonlySet<string>) {
  const byKey = new Map([...keys].map((key) => [key, new Map<string, TestResult[]>()]))
  const unplaced: TestResult[] = []
  for (const result of new Map(results.map((item) => [resultKey(item), item])).values()) {
    if (result.fault?.unknown.has('data')) unplaced.push(result)
    for (const [key, byValue] of byKey) {
      const values = result.data[key] ?? []
      for (const value of values.length > 1 ? new Set(values) : values) {
        const list = byValue.get(value)
        if (list) list.push(result)
        else byValue.set(value, [result])
      }
    }
  }
  return (query: ItemKeys): TestResult[] => {
    const alternatives = alternativesOf(query)
    const found = alternatives.map(([key, values]) => values.map((value) => byKey.get(key)?.get(value) ?? []))
    const size = (lists: readonly TestResult[][]) => lists.reduce((sum, list) => sum + list.length, 0)
    const fewest = found.sort((left, right) => size(left) - size(right))[0] ?? []
    const once = fewest.length > 1 ? new Set(fewest.flat()) : fewest.flat()
    return [...[...once].filter((result) => hasAll(result, alternatives)), ...unplaced]
  }
}

/** True if the results database would find the result by this query. */
export function matches(result: Pick<TestResult, 'data'>, query: ItemKeys): boolean {
  return hasAll(result, alternativesOf(query))
}

/** The keys of a query, each with its alternative values. */
type Alternatives = readonly (readonly [key: string, values: readonly string[]])[]

function alternativesOf(query: ItemKeys): Alternatives {
  return Object.entries(query).map(([key, value]) => [key, value.split(',')])
}

function hasAll({ data }: Pick<TestResult, 'data'>, alternatives: Alternatives): boolean {
  return alternatives.every(([key, values]) => values.some((value) => data[key]?.includes(value)))
}
