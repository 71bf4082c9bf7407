/** Gathers test results: cached ones, and the rest in few queries (behaviour/greenwave 3.7). */
import { type BulkQuery, bulkQueries } from '../../../clients/resultsdb/bulk-query.ts'
import type { ResultsDbClient } from '../../../clients/resultsdb/client.ts'
import type { ResultsFact, TestResult } from '../../../domain/gate/facts/facts.ts'
import type { ResultsNeed } from '../../../domain/gate/facts/needs.ts'
import {
  distributeResults,
  latest,
  queriesFor,
  type ResultQuery,
} from '../../../domain/gate/facts/result-selection.ts'
import type { GateSettings } from '../../../domain/gate/request/settings.ts'
import type { SharedWork } from '../../../lib/async/shared-work.ts'
import type { CachedResults, FetchAttempt } from './attempts.ts'
import { type CallOptions, callShared } from './call.ts'
import type { FactCache } from './fact-cache.ts'

/** Where test results come from. */
export type ResultsSource = {
  client: ResultsDbClient
  work: SharedWork<TestResult[]>
  cache: FactCache
  settings: Pick<GateSettings, 'distinctLatestResultsOn' | 'outcomesPassed'>
  clock: () => Date
  /** Characters of a whole URL. */
  maxUrl: number
}

/**
 * All results that the needs call for; a need may be met by two facts, one from the cache and one fetched. For queries that an
 * earlier attempt has fetched, only newer results are fetched.
 */
export async function gatherResults(
  source: ResultsSource,
  needs: readonly ResultsNeed[],
  options: CallOptions,
  attempt?: FetchAttempt,
): Promise<ResultsFact[]> {
  const mark = source.cache.mark()
  const { cached, missing } =
    options.since === null ? splitByCache(source, needs) : { cached: [], missing: needs }
  const fetched = missing.length > 0 ? await fetchResults(source, missing, options, attempt) : []
  if (options.since === null) for (const fact of fetched) cachePassed(source, fact, mark)
  return [...cached, ...fetched]
}

/** What the cache knows already, and what is left to fetch. */
function splitByCache({ cache }: ResultsSource, needs: readonly ResultsNeed[]) {
  const cached: ResultsFact[] = []
  const missing: ResultsNeed[] = []
  for (const need of needs) {
    const { subject, testCases } = need
    const passed = testCases === 'all' ? null : cache.passedResults(subject, testCases)
    if (testCases === 'all' || !passed?.size) missing.push(need)
    else {
      cached.push({ need: { subject, testCases: [...passed.keys()] }, results: [...passed.values()].flat() })
      const rest = testCases.filter((testCase) => !passed.has(testCase))
      if (rest.length > 0) missing.push({ subject, testCases: rest })
    }
  }
  return { cached, missing }
}

async function fetchResults(
  source: ResultsSource,
  needs: readonly ResultsNeed[],
  options: CallOptions,
  given: FetchAttempt | undefined,
): Promise<ResultsFact[]> {
  const distinctOn = source.settings.distinctLatestResultsOn
  // Without such keys the database may return several results of a test case, which cannot be merged with newer ones.
  const attempt = distinctOn.length > 0 ? given : undefined
  const asOf = source.clock().getTime()
  const pairs = needs.map((need) => ({ need, queries: queriesFor(need) }))
  const needOf = new Map(pairs.flatMap(({ need, queries }) => queries.map((query) => [query, need])))
  const known = cachedResults(needOf, attempt)
  attempt?.expect(pairs)
  const needed = neededData(needOf, distinctOn)
  const found = new Map<ResultQuery, readonly TestResult[]>()
  await Promise.all(
    requestsFor(source, [...needOf.keys()], known, options.since).map(async ({ search, covers }) => {
      const answer = await fetchLatest(source, search, needed, options)
      for (const [query, newest] of distributeResults(covers, answer, distinctOn)) {
        const older = known.get(query)
        const results = older ? latest([...newest, ...older.results], distinctOn) : newest
        found.set(query, results)
        const need = needOf.get(query)
        if (need) attempt?.cache(need, query, { results, asOf })
      }
    }),
  )
  return pairs.map(({ need, queries }) => ({
    need,
    results: queries.flatMap((query) => found.get(query) ?? []),
  }))
}

/**
 * The requests for these queries; of those that are `known`, only what is newer. All queries of a subject are close together:
 * what is fetched before the deadline is whole for as many subjects as possible.
 */
function requestsFor(
  { client, settings, maxUrl }: ResultsSource,
  queries: readonly ResultQuery[],
  known: ReadonlyMap<ResultQuery, CachedResults>,
  since: string | null,
): BulkQuery[] {
  const shared = {
    distinctOn: settings.distinctLatestResultsOn,
    maxLength: maxUrl - client.latestUrl.length - 1,
  }
  const ranks = new Map(queries.map((query, rank) => [query, rank]))
  const rankOf = ({ covers: [first] }: BulkQuery) => (first && ranks.get(first)) ?? 0
  const open = queries.filter((query) => !known.has(query))
  return [
    ...bulkQueries([...known.keys()], { ...shared, since: sinceOf(known) }),
    ...bulkQueries(open, { ...shared, since }),
  ].sort((left, right) => rankOf(left) - rankOf(right))
}

function cachedResults(
  needOf: ReadonlyMap<ResultQuery, ResultsNeed>,
  attempt: FetchAttempt | undefined,
): Map<ResultQuery, CachedResults> {
  const found = new Map<ResultQuery, CachedResults>()
  if (!attempt) return found
  for (const [query, need] of needOf) {
    const cached = attempt.resultsOf(need, query)
    if (cached) found.set(query, cached)
  }
  return found
}

/** The clocks of two machines differ, and a result may be visible a moment after its time. */
const CLOCKS_DIFFER_MS = 300_000

/** The time from which on there may be results newer than the cached ones; null: there are none. */
function sinceOf(known: ReadonlyMap<ResultQuery, CachedResults>): string | null {
  if (known.size === 0) return null
  const oldest = known.values().reduce((time, { asOf }) => Math.min(time, asOf), Number.POSITIVE_INFINITY)
  return new Date(oldest - CLOCKS_DIFFER_MS).toISOString().replace('Z', '000')
}

/** `originals`: results as received, for verbose answers; a list: only these keys of their data. */
type NeededData = 'originals' | readonly string[]

/** Keys of a result's data that the judge reads, besides those that select and distinguish results. */
const JUDGED_KEYS = ['scenario', 'error_reason']

/** Only verbose answers show results as received; they need the results of all test cases. */
function neededData(
  needOf: ReadonlyMap<ResultQuery, ResultsNeed>,
  distinctOn: readonly string[],
): NeededData {
  if (needOf.values().some(({ testCases }) => testCases === 'all')) return 'originals'
  const selecting = [...needOf.keys()].flatMap(({ keys }) => Object.keys(keys))
  return [...new Set([...distinctOn, ...JUDGED_KEYS, ...selecting])].sort()
}

function fetchLatest(
  { client, work }: ResultsSource,
  search: string,
  needed: NeededData,
  options: CallOptions,
): Promise<TestResult[]> {
  const target = `${client.latestUrl}?${search}`
  const call = { service: 'resultsdb', target, key: `${String(needed)} ${search}` }
  return callShared(work, options, call, async (behalf) => {
    const results = await client.latest(search, { originals: needed === 'originals', ...behalf })
    return needed === 'originals' ? results : results.map((result) => reduced(result, needed))
  })
}

/** Producers store dozens of texts with each result; those of many subjects would exhaust the memory. */
function reduced(result: TestResult, keys: readonly string[]): TestResult {
  const data: Record<string, readonly string[]> = {}
  for (const key of keys) {
    const values = Object.hasOwn(result.data, key) ? result.data[key] : undefined
    if (values) data[key] = values
  }
  return { ...result, data }
}

/** A passed test case counts as passed until there is news of the subject. */
function cachePassed({ cache, settings }: ResultsSource, { need, results }: ResultsFact, mark: number): void {
  const isWhole = !results.some(({ fault }) => fault?.unknown.has('testCase'))
  for (const [testCase, ofTestCase] of Map.groupBy(results, (result) => result.testCase)) {
    const hasPassed = ofTestCase.every(
      ({ outcome, fault }) => isWhole && !fault && settings.outcomesPassed.has(outcome),
    )
    if (!hasPassed) cache.dropPassed(need.subject, testCase)
    else if (need.testCases !== 'all') cache.cachePassed(need.subject, testCase, ofTestCase, mark)
  }
}
