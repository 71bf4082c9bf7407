/** Finds in the answer to a bulk query what each of its questions would have got by itself. */
import type { TestResult } from '../../domain/gating/facts.ts'
import type { BulkQuery, Question } from './bulk-query.ts'

/** The answer to each question, newest first. */
export function sortOut(
  { questions }: BulkQuery,
  results: readonly TestResult[],
  distinctOn: readonly string[],
): Map<Question, TestResult[]> {
  const [only, ...others] = questions
  // What was asked alone is the server's own answer, whatever it bases it on.
  if (only && others.length === 0) return new Map([[only, results.filter(isOfTestCase(only))]])
  const pivot = pivotOf(questions)
  const byValue = indexBy(pivot, results)
  return new Map(
    questions.map((question) => {
      const values = new Set((question.keys[pivot] ?? '').split(','))
      const candidates = new Set([...values].flatMap((value) => byValue.get(value) ?? []))
      const found = [...candidates].filter(isOfTestCase(question)).filter(hasKeysOf(question))
      return [question, latest(found, distinctOn)]
    }),
  )
}

/** The key that tells the questions apart best. */
function pivotOf(questions: readonly Question[]): string {
  const keys = Object.keys(questions[0]?.keys ?? {})
  const spread = (key: string) => new Set(questions.map((question) => question.keys[key])).size
  return keys.reduce((best, key) => (spread(key) > spread(best) ? key : best), keys[0] ?? '')
}

function indexBy(key: string, results: readonly TestResult[]): Map<string, TestResult[]> {
  const index = new Map<string, TestResult[]>()
  for (const result of results)
    for (const value of new Set(valuesOf(result, key))) {
      const list = index.get(value)
      if (list) list.push(result)
      else index.set(value, [result])
    }
  return index
}

function isOfTestCase({ testCases }: Question): (result: TestResult) => boolean {
  if (testCases === 'all') return () => true
  const wanted = new Set(testCases)
  return (result) => wanted.has(result.testCase)
}

function hasKeysOf({ keys }: Question): (result: TestResult) => boolean {
  const wanted = Object.entries(keys).map(([key, text]) => ({ key, values: new Set(text.split(',')) }))
  return (result) =>
    wanted.every(({ key, values }) => valuesOf(result, key).some((value) => values.has(value)))
}

/** The newest for each test case and combination of values; a missing key is a value of its own. */
function latest(results: readonly TestResult[], distinctOn: readonly string[]): TestResult[] {
  const newestFirst = results.toSorted(
    (one, other) => compare(other.submitTime, one.submitTime) || other.id - one.id,
  )
  const seen = new Set<string>()
  return newestFirst.filter((result) => {
    const kinds = kindsOf(result, distinctOn).filter((kind) => !seen.has(kind))
    for (const kind of kinds) seen.add(kind)
    return kinds.length > 0
  })
}

function kindsOf(result: TestResult, distinctOn: readonly string[]): string[] {
  let kinds: (string | null)[][] = [[result.testCase]]
  for (const key of distinctOn) {
    const values = valuesOf(result, key)
    kinds = kinds.flatMap((kind) => (values.length > 0 ? values : [null]).map((value) => [...kind, value]))
  }
  return kinds.map((kind) => JSON.stringify(kind))
}

function valuesOf({ data }: TestResult, key: string): readonly string[] {
  return Object.hasOwn(data, key) ? (data[key] ?? []) : []
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
