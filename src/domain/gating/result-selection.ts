/**
 * Parts a joint answer of the results database among the subjects it was asked for. Asking for many subjects at once
 * may bring more than each query on its own would have: here each subject gets exactly what its own queries would find.
 */
import type { ResultsFact, TestResult } from './facts.ts'
import type { ResultsNeed } from './needs.ts'
import { type ItemKeys, resultQueriesOf } from './subject.ts'

/** `distinctOn`: for each combination of these keys' values only the newest result counts (spec/greenwave 3.7). */
export function distributeResults(
  needs: readonly ResultsNeed[],
  results: readonly TestResult[],
  distinctOn: readonly string[],
): ResultsFact[] {
  const queriesOf = needs.map((need) => ({ need, queries: resultQueriesOf(need.subject) }))
  const keys = new Set(queriesOf.flatMap(({ queries }) => queries.flatMap(Object.keys)))
  const find = indexed(results, keys)
  return queriesOf.map(({ need, queries }) => {
    const asked = need.testCases === 'all' ? null : new Set(need.testCases)
    const isAsked = ({ testCase }: TestResult) => asked === null || asked.has(testCase)
    const found = queries.flatMap((query) => latest(find(query).filter(isAsked), distinctOn))
    return { need, results: found }
  })
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
