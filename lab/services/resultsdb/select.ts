/** Finds results: by filters, and the latest of each kind (behaviour/greenwave 8.2). */
import type { DataFilter, ResultsQuery } from './query.ts'
import { dataIndexKey, type LabResult, type ResultsDbState } from './state.ts'

type Filters = Omit<ResultsQuery, 'distinctOn' | 'sort' | 'page' | 'limit'>

/** All results that pass the filters, oldest first. */
export function selectResults(state: ResultsDbState, filters: Filters): LabResult[] {
  return candidates(state, filters.data).filter((result) => passes(result, filters))
}

/**
 * Of the results that pass, the newest for each test case and each combination of values of the `distinctOn` keys; a
 * missing key counts as a value. Without such keys, all results with the test case's latest time. Newest first.
 */
export function latestResults(state: ResultsDbState, query: ResultsQuery): LabResult[] {
  const found = selectResults(state, { ...query, outcomes: null })
  const newest = new Map<string, LabResult>()
  for (const result of found)
    for (const kind of kindsOf(result, query.distinctOn)) {
      const known = newest.get(kind)
      if (!known || isNewer(result, known)) newest.set(kind, result)
    }
  const kept =
    query.distinctOn.length > 0
      ? [...new Set(newest.values())]
      : found.filter((result) => newest.get(kindsOf(result, [])[0] ?? '')?.submittedAt === result.submittedAt)
  return kept.sort(newestFirst)
}

/** Results of the same time are ordered by id; a real database leaves their order undefined. */
export function newestFirst(a: LabResult, b: LabResult): number {
  if (a.submittedAt === b.submittedAt) return b.id - a.id
  return a.submittedAt < b.submittedAt ? 1 : -1
}

function isNewer(a: LabResult, b: LabResult): boolean {
  return newestFirst(a, b) < 0
}

/** A key with several values puts a result into several kinds, as an outer join on its rows does. */
function kindsOf(result: LabResult, keys: readonly string[]): string[] {
  let kinds: (string | null)[][] = [[result.testCase]]
  for (const key of keys) {
    const values = result.data[key] ?? []
    kinds = kinds.flatMap((kind) => (values.length > 0 ? values : [null]).map((value) => [...kind, value]))
  }
  return kinds.map((kind) => JSON.stringify(kind))
}

/** The filter with the fewest results determines which results are scanned. */
function candidates(state: ResultsDbState, filters: readonly DataFilter[]): LabResult[] {
  const exact = filters.filter(({ like }) => !like)
  if (exact.length === 0) return state.results
  const found = exact.map(({ key, values }) =>
    [...values].map((value) => state.byData.get(dataIndexKey(key, value)) ?? []),
  )
  const size = (lists: readonly LabResult[][]) => lists.reduce((sum, list) => sum + list.length, 0)
  const fewest = found.reduce((a, b) => (size(b) < size(a) ? b : a))
  return [...new Set(fewest.flat())].sort((a, b) => a.id - b.id)
}

function passes(result: LabResult, filters: Filters): boolean {
  const { testCases, testCasesLike, outcomes, groups, since, data } = filters
  const byTestCase =
    (testCases === null && testCasesLike === null) ||
    testCases?.includes(result.testCase) ||
    testCasesLike?.some((pattern) => matchesPattern(pattern, result.testCase))
  return (
    Boolean(byTestCase) &&
    (outcomes === null || outcomes.includes(result.outcome)) &&
    (groups === null || groups.some((group) => result.groups.includes(group))) &&
    (since === null ||
      (result.submittedAt >= since.start && (since.end === null || result.submittedAt <= since.end))) &&
    data.every((filter) => passesData(result, filter))
  )
}

function passesData(result: LabResult, { key, values, like }: DataFilter): boolean {
  const present = Object.hasOwn(result.data, key) ? (result.data[key] ?? []) : []
  return present.some((value) =>
    like ? [...values].some((pattern) => matchesPattern(pattern, value)) : values.has(value),
  )
}

/** `*` matches any text; `%` and `_` work as in SQL, as in the original. `text: null` never matches. */
export function matchesPattern(pattern: string, text: string | null): boolean {
  if (text === null) return false
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/[*%]/g, '.*')
    .replaceAll('_', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}
