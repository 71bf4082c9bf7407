/** Gathers test results: what is known already, and the rest in few queries (spec/greenwave 3.7). */
import { bulkQueries } from '../../clients/resultsdb/bulk-query.ts'
import type { ResultsDbClient } from '../../clients/resultsdb/client.ts'
import type { ResultsFact, TestResult } from '../../domain/gating/facts.ts'
import type { ResultsNeed } from '../../domain/gating/needs.ts'
import { distributeResults } from '../../domain/gating/result-selection.ts'
import type { GatingSettings } from '../../domain/gating/settings.ts'
import { resultQueriesOf, subjectKey } from '../../domain/gating/subject.ts'
import type { SharedWork } from '../../lib/shared-work.ts'
import { callShared, type Round } from './call.ts'
import type { KnownFacts } from './known-facts.ts'

/** What results are gathered with. */
export type ResultsDesk = {
  client: ResultsDbClient
  work: SharedWork<TestResult[]>
  known: KnownFacts
  settings: Pick<GatingSettings, 'distinctLatestResultsOn' | 'outcomesPassed'>
  /** Characters of a whole URL. */
  maxUrl: number
}

/** All results the needs ask for; a need may be answered by two facts, of what was known and what was asked. */
export async function gatherResults(
  desk: ResultsDesk,
  needs: readonly ResultsNeed[],
  round: Round,
): Promise<ResultsFact[]> {
  const mark = desk.known.mark()
  const known = round.since === null ? needs.flatMap((need) => knownFacts(desk, need)) : []
  const open = withoutKnown(needs, known)
  const asked = await ask(desk, open, round)
  if (round.since === null) for (const fact of asked) keepPassed(desk, fact, mark)
  return [...known, ...asked]
}

function knownFacts({ known }: ResultsDesk, { subject, testCases }: ResultsNeed): ResultsFact[] {
  if (testCases === 'all') return []
  return testCases.flatMap((testCase) => {
    const results = known.passedResults(subject, testCase)
    return results ? [{ need: { subject, testCases: [testCase] }, results }] : []
  })
}

function withoutKnown(needs: readonly ResultsNeed[], known: readonly ResultsFact[]): readonly ResultsNeed[] {
  if (known.length === 0) return needs
  const name = (need: ResultsNeed, testCase: string) => JSON.stringify([subjectKey(need.subject), testCase])
  const found = new Set(known.map(({ need }) => name(need, String(need.testCases))))
  return needs.flatMap((need) => {
    if (need.testCases === 'all') return [need]
    const testCases = need.testCases.filter((testCase) => !found.has(name(need, testCase)))
    return testCases.length > 0 ? [{ ...need, testCases }] : []
  })
}

async function ask(desk: ResultsDesk, needs: readonly ResultsNeed[], round: Round): Promise<ResultsFact[]> {
  const { client, settings, maxUrl } = desk
  const distinctOn = settings.distinctLatestResultsOn
  const questions = needs.flatMap(({ subject, testCases }) =>
    resultQueriesOf(subject).map((keys) => ({ keys, testCases })),
  )
  const maxLength = maxUrl - client.latestUrl.length - 1
  const searches = bulkQueries(questions, { distinctOn, since: round.since, maxLength })
  const isVerbose = needs.some(({ testCases }) => testCases === 'all')
  const keys = new Set([...distinctOn, ...JUDGED_KEYS, ...questions.flatMap(({ keys }) => Object.keys(keys))])
  const wanted: Wanted = isVerbose ? 'originals' : [...keys].sort()
  const answers = await Promise.all(searches.map((search) => latest(desk, search, wanted, round)))
  return distributeResults(needs, answers.flat(), distinctOn)
}

/** The results as received, for verbose answers; or of their data only these keys. */
type Wanted = 'originals' | readonly string[]

/** What a judge looks at beside the keys that results are found and told apart by. */
const JUDGED_KEYS = ['scenario', 'error_reason']

function latest(
  { client, work }: ResultsDesk,
  search: string,
  wanted: Wanted,
  round: Round,
): Promise<TestResult[]> {
  const about = `${client.latestUrl}?${search}`
  const asked = { service: 'resultsdb', about, key: `${String(wanted)} ${search}` }
  return callShared(work, round, asked, async (signal) => {
    const results = await client.latest(search, { originals: wanted === 'originals', signal })
    return wanted === 'originals' ? results : results.map((result) => reduced(result, wanted))
  })
}

/** Producers store dozens of texts with a result; for many subjects at once they would fill the memory. */
function reduced(result: TestResult, keys: readonly string[]): TestResult {
  const data: Record<string, readonly string[]> = {}
  for (const key of keys) {
    const values = Object.hasOwn(result.data, key) ? result.data[key] : undefined
    if (values) data[key] = values
  }
  return { ...result, data }
}

/** What has passed is taken to stay so until something new is heard of the subject. */
function keepPassed({ known, settings }: ResultsDesk, { need, results }: ResultsFact, mark: number): void {
  if (need.testCases === 'all') return
  for (const [testCase, ofIt] of Map.groupBy(results, (result) => result.testCase))
    if (ofIt.every(({ outcome }) => settings.outcomesPassed.has(outcome)))
      known.keepPassed(need.subject, testCase, ofIt, mark)
}
