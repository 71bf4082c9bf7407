/**
 * Packs many queries for latest results into few requests: comma lists of identifiers and of test cases, in URLs short
 * enough for servers. Where the queries of a request differ in a key, that key is added to `_distinct_on`: the answer then
 * has the newest result for each value of it, and `distributeResults` gives every query what it would have found alone.
 */
import type { ResultQuery } from '../../domain/gate/facts/result-selection.ts'

/** What all queries of one round share. */
export type BulkOptions = {
  /** Keys of the data: for each combination of their values, only the newest result counts. */
  distinctOn: readonly string[]
  /** `start,end`; null: no limit. */
  since: string | null
  /** Characters of a query string; a single query that is longer is sent nevertheless. */
  maxLength: number
}

/** A query string without its question mark, and the queries it covers. */
export type BulkQuery = { search: string; covers: readonly ResultQuery[] }

/** Values in the order of their arrival, and their length when joined by commas. */
type List = { values: Set<string>; length: number }

type Batch = { queries: ResultQuery[]; keys: Map<string, List>; testCases: List }

/** Covers each query once. Queries with the same test cases stay together, so that little is returned unused. */
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

/** Infinite when the query is for all test cases: then none is named. */
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
 * Test cases that would take more than half of the URL are not named at all: the answer then has more than needed, which
 * `distributeResults` drops, but fewer requests are sent.
 */
function searchOf(
  { queries, keys, testCases }: Batch,
  { distinctOn, since, maxLength }: BulkOptions,
): string {
  const distinct = new Set([...distinctOn, ...(distinctOn.length > 0 ? differingKeys(queries) : [])])
  const parameters: [string, Iterable<string>][] = [
    ...[...keys].map(([key, { values }]): [string, Iterable<string>] => [key, values]),
    ['_distinct_on', distinct],
    ...(since === null ? [] : [['since', since.split(',')] satisfies [string, string[]]]),
    ...(testCases.length > maxLength / 2
      ? []
      : [['testcases', testCases.values] satisfies [string, Set<string>]]),
  ]
  return parameters
    .map(([name, values]) => `${encoded(name)}=${[...values].map(encoded).join(',')}`)
    .join('&')
}

/** Keys with equal values in all queries need not be distinct: they restrict the request as they restrict each query. */
function differingKeys(queries: readonly ResultQuery[]): string[] {
  const [first] = queries
  if (!first) return []
  return Object.keys(first.keys).filter((key) => queries.some(({ keys }) => keys[key] !== first.keys[key]))
}

/** A lone surrogate would make the encoder throw; no name in the database has one. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
