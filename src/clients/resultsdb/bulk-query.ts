/**
 * Many questions for latest results in few queries: comma lists of identifiers and of test cases, in URLs that servers
 * take. Where the questions of a query differ in a key, that key is added to `_distinct_on`: then the newest result for
 * each value of it is in the answer, and from that `distributeResults` gives every question what it finds alone.
 */
import type { Question } from '../../domain/gate/facts/result-selection.ts'

/** What all queries of one round have in common. */
export type BulkOptions = {
  /** Keys of the data for each combination of whose values the newest result counts. */
  distinctOn: readonly string[]
  /** `start,end`; null: no limit. */
  since: string | null
  /** Characters of a query string; a question that is longer by itself goes out all the same. */
  maxLength: number
}

/** A query string without its question mark, and the questions it covers. */
export type BulkQuery = { search: string; questions: readonly Question[] }

/** Values in the order they came, and how long they are when joined by commas. */
type List = { values: Set<string>; length: number }

type Load = { questions: Question[]; keys: Map<string, List>; testCases: List }

/** Each question is in one query. Those with the same test cases stay together, so that little is returned unused. */
export function bulkQueries(questions: readonly Question[], options: BulkOptions): BulkQuery[] {
  const sameKeys = Map.groupBy(questions, ({ keys }) => JSON.stringify(Object.keys(keys).sort()))
  return [...sameKeys.values()].flatMap((group) => {
    const sameTestCases = Map.groupBy(group, ({ testCases }) => String(testCases))
    return pack([...sameTestCases.values()].flat(), options)
  })
}

function pack(questions: readonly Question[], options: BulkOptions): BulkQuery[] {
  const loads: Load[] = []
  const keys = new Map(Object.keys(questions[0]?.keys ?? {}).map((key) => [key, emptyList()]))
  const overhead = searchOf({ ...emptyLoad(), questions: [...questions], keys }, options).length
  for (const question of questions) {
    const last = loads.at(-1)
    if (last && options.distinctOn.length > 0 && fits(last, question, overhead, options)) add(last, question)
    else loads.push(add(emptyLoad(), question))
  }
  return loads.map((load) => ({ search: searchOf(load, options), questions: load.questions }))
}

function emptyLoad(): Load {
  return { questions: [], keys: new Map(), testCases: emptyList() }
}

function emptyList(): List {
  return { values: new Set(), length: 0 }
}

function fits(load: Load, question: Question, overhead: number, { maxLength }: BulkOptions): boolean {
  const before = [...load.keys.values()].reduce((sum, { length }) => sum + length, 0)
  const keys = Object.entries(question.keys).map(([key, value]) =>
    growth(load.keys.get(key)?.values, value.split(',')),
  )
  const testCases = load.testCases.length + testCaseGrowth(load, question)
  const filter = testCases > maxLength / 2 ? 0 : testCases
  return overhead + before + keys.reduce((sum, length) => sum + length, 0) + filter <= maxLength
}

/** Infinite when the question wants all test cases: then none is named. */
function testCaseGrowth({ testCases: { values } }: Load, { testCases }: Question): number {
  return testCases === 'all' ? Number.POSITIVE_INFINITY : growth(values, testCases)
}

function growth(known: ReadonlySet<string> | undefined, values: readonly string[]): number {
  let length = 0
  for (const value of values) if (!known?.has(value)) length += encoded(value).length + 1
  return length
}

function add(load: Load, question: Question): Load {
  load.testCases.length += testCaseGrowth(load, question)
  if (question.testCases !== 'all') for (const name of question.testCases) load.testCases.values.add(name)
  for (const [key, text] of Object.entries(question.keys)) {
    const list = load.keys.get(key) ?? emptyList()
    load.keys.set(key, list)
    list.length += growth(list.values, text.split(','))
    for (const value of text.split(',')) list.values.add(value)
  }
  load.questions.push(question)
  return load
}

/**
 * Test cases that would take more than half of the URL are not named at all: more is returned than needed, in fewer
 * queries, and left aside when the answers are given out.
 */
function searchOf(
  { questions, keys, testCases }: Load,
  { distinctOn, since, maxLength }: BulkOptions,
): string {
  const all = new Set([...distinctOn, ...(distinctOn.length > 0 ? differingKeys(questions) : [])])
  const parameters: [string, Iterable<string>][] = [
    ...[...keys].map(([key, { values }]): [string, Iterable<string>] => [key, values]),
    ['_distinct_on', all],
    ...(since === null ? [] : [['since', since.split(',')] satisfies [string, string[]]]),
    ...(testCases.length > maxLength / 2
      ? []
      : [['testcases', testCases.values] satisfies [string, Set<string>]]),
  ]
  return parameters
    .map(([name, values]) => `${encoded(name)}=${[...values].map(encoded).join(',')}`)
    .join('&')
}

/** Keys that all questions agree on narrow the query as they narrow each question. */
function differingKeys(questions: readonly Question[]): string[] {
  const [first] = questions
  if (!first) return []
  return Object.keys(first.keys).filter((key) => questions.some(({ keys }) => keys[key] !== first.keys[key]))
}

/** Half a character would make the encoder throw; nothing is stored under such a name. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
