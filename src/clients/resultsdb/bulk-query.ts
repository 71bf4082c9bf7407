/**
 * Many queries for latest results in few queries: comma lists of identifiers and of test cases, in URLs that servers
 * take. Where the queries of a query differ in a key, that key is added to `_distinct_on`: then the newest result for
 * each value of it is in the answer, and from that `distributeResults` gives every query what it finds alone.
 */
import type { ResultQuery } from '../../domain/gate/facts/result-selection.ts'

/** What all queries of one round have in common. */
export type BulkOptions = {
  /** Keys of the data for each combination of whose values the newest result counts. */
  distinctOn: readonly string[]
  /** `start,end`; null: no limit. */
  since: string | null
  /** Characters of a query string; a query that is longer by itself goes out all the same. */
  maxLength: number
}

/** A query string without its query mark, and the queries it covers. */
export type BulkQuery = { search: string; covers: readonly ResultQuery[] }

/** Values in the order they came, and how long they are when joined by commas. */
type List = { values: Set<string>; length: number }

type Batch = { queries: ResultQuery[]; keys: Map<string, List>; testCases: List }

/** Each query is in one query. Those with the same test cases stay together, so that little is returned unused. */
export function bulkQueries(queries: readonly ResultQuery[], options: BulkOptions): BulkQuery[] {
  const sameKeys = Map.groupBy(queries, ({ keys }) => JSON.stringify(Object.keys(keys).sort()))
  return [...sameKeys.values()].flatMap((group) => {
    const sameTestCases = Map.groupBy(group, ({ testCases }) => String(testCases))
    return pack([...sameTestCases.values()].flat(), options)
  })
}

function pack(queries: readonly ResultQuery[], options: BulkOptions): BulkQuery[] {
  const batches: Batch[] = []
  const keys = new Map(Object.keys(queries[0]?.keys ?? {}).map((key) => [key, emptyList()]))
  const overhead = searchOf({ ...emptyBatch(), queries: [...queries], keys }, options).length
  for (const query of queries) {
    const last = batches.at(-1)
    if (last && options.distinctOn.length > 0 && fits(last, query, overhead, options)) add(last, query)
    else batches.push(add(emptyBatch(), query))
  }
  return batches.map((batch) => ({ search: searchOf(batch, options), covers: batch.queries }))
}

function emptyBatch(): Batch {
  return { queries: [], keys: new Map(), testCases: emptyList() }
}

function emptyList(): List {
  return { values: new Set(), length: 0 }
}

function fits(batch: Batch, query: ResultQuery, overhead: number, { maxLength }: BulkOptions): boolean {
  const before = [...batch.keys.values()].reduce((sum, { length }) => sum + length, 0)
  const keys = Object.entries(query.keys).map(([key, value]) =>
    growth(batch.keys.get(key)?.values, value.split(',')),
  )
  const testCases = batch.testCases.length + testCaseGrowth(batch, query)
  const filter = testCases > maxLength / 2 ? 0 : testCases
  return overhead + before + keys.reduce((sum, length) => sum + length, 0) + filter <= maxLength
}

/** Infinite when the query wants all test cases: then none is named. */
function testCaseGrowth({ testCases: { values } }: Batch, { testCases }: ResultQuery): number {
  return testCases === 'all' ? Number.POSITIVE_INFINITY : growth(values, testCases)
}

function growth(known: ReadonlySet<string> | undefined, values: readonly string[]): number {
  let length = 0
  for (const value of values) if (!known?.has(value)) length += encoded(value).length + 1
  return length
}

function add(batch: Batch, query: ResultQuery): Batch {
  batch.testCases.length += testCaseGrowth(batch, query)
  if (query.testCases !== 'all') for (const name of query.testCases) batch.testCases.values.add(name)
  for (const [key, text] of Object.entries(query.keys)) {
    const list = batch.keys.get(key) ?? emptyList()
    batch.keys.set(key, list)
    list.length += growth(list.values, text.split(','))
    for (const value of text.split(',')) list.values.add(value)
  }
  batch.queries.push(query)
  return batch
}

/**
 * Test cases that would take more than half of the URL are not named at all: more is returned than needed, in fewer
 * queries, and left aside when the answers are given out.
 */
function searchOf(
  { queries, keys, testCases }: Batch,
  { distinctOn, since, maxLength }: BulkOptions,
): string {
  const all = new Set([...distinctOn, ...(distinctOn.length > 0 ? differingKeys(queries) : [])])
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

/** Keys that all queries agree on narrow the query as they narrow each query. */
function differingKeys(queries: readonly ResultQuery[]): string[] {
  const [first] = queries
  if (!first) return []
  return Object.keys(first.keys).filter((key) => queries.some(({ keys }) => keys[key] !== first.keys[key]))
}

/** Half a character would make the encoder throw; nothing is stored under such a name. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
