/**
 * Parts an answer of the results database among the queries that its query was joined from. Asking many at once may
 * bring more than each on its own would have: here each gets exactly what it would have found.
 */

import { type ItemKeys, resultQueriesOf } from '../subject/subject.ts'
import type { TestResult } from './facts.ts'
import type { ResultsNeed } from './needs.ts'

/** The latest results whose data has all `keys` (a value may be a comma list of alternatives), of these test cases. */
export type ResultQuery = { keys: ItemKeys; testCases: readonly string[] | 'all' }

/** What is to be asked to answer a need, in the order in which the answers are joined. */
export function queriesFor({ subject, testCases }: ResultsNeed): ResultQuery[] {
  return resultQueriesOf(subject).map((keys) => ({ keys, testCases }))
}

/**
 * The results of each query, newest first. `distinctOn`: for each combination of these keys' values only the newest
 * result counts (behaviour/greenwave 3.7). A query asked alone takes what the database has selected, whatever is in it.
 */
export function distributeResults(
  queries: readonly ResultQuery[],
  results: readonly TestResult[],
  distinctOn: readonly string[],
): Map<ResultQuery, TestResult[]> {
  const [only, ...others] = queries
  if (only && others.length === 0) return new Map([[only, results.filter(isAskedBy(only))]])
  const find = indexed(results, new Set(queries.flatMap(({ keys }) => Object.keys(keys))))
  return new Map(
    queries.map((query) => [query, latest(find(query.keys).filter(isAskedBy(query)), distinctOn)]),
  )
}

function isAskedBy({ testCases }: ResultQuery): (result: TestResult) => boolean {
  if (testCases === 'all') return () => true
  const asked = new Set(testCases)
  return ({ testCase }) => asked.has(testCase)
}

/** Newest first, as the database sorts them; of equal times the higher id is the newer one. */
export function newestFirst(one: TestResult, other: TestResult): number {
  if (one.submitTime !== other.submitTime) return one.submitTime < other.submitTime ? 1 : -1
  return other.id - one.id
}

/** The newest result of each test case and combination of values; a key with several values counts for each. */
export function latest(results: readonly TestResult[], distinctOn: readonly string[]): TestResult[] {
  const seen = new Set<string>()
  return results.toSorted(newestFirst).filter((result) => {
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

/** Looks queries up by whichever of their keys has the fewest results. */
function indexed(results: readonly TestResult[], keys: ReadonlySet<string>) {
  const byPair = new Map<string, TestResult[]>()
  for (const result of new Map(results.map((one) => [one.id, one])).values()) {
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
      value.split(',').map((one) => byPair.get(pairOf(key, one)) ?? []),
    )
    const size = (lists: readonly TestResult[][]) => lists.reduce((sum, list) => sum + list.length, 0)
    const fewest = found.sort((one, other) => size(one) - size(other))[0] ?? []
    return [...new Set(fewest.flat())].filter((result) => matches(result, query))
  }
}

/** Whether the results database would find the result by this query. */
export function matches({ data }: TestResult, query: ItemKeys): boolean {
  return Object.entries(query).every(([key, value]) =>
    value.split(',').some((one) => data[key]?.includes(one)),
  )
}

function pairOf(key: string, value: string): string {
  return `${key.length}:${key} ${value}`
}
