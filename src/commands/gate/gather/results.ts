/** Gathers test results: what is known already, and the rest in few queries (behaviour/greenwave 3.7). */
import { bulkQueries } from '../../../clients/resultsdb/bulk-query.ts'
import type { ResultsDbClient } from '../../../clients/resultsdb/client.ts'
import type { ResultsFact, TestResult } from '../../../domain/gate/facts/facts.ts'
import type { ResultsNeed } from '../../../domain/gate/facts/needs.ts'
import { distributeResults, questionsOf } from '../../../domain/gate/facts/result-selection.ts'
import type { GatingSettings } from '../../../domain/gate/request/settings.ts'
import type { SharedWork } from '../../../lib/async/shared-work.ts'
import { callShared, type Round } from './call.ts'
import type { KnownFacts } from './fact-cache.ts'

/** What results are gathered with. */
export type ResultsSource = {
  client: ResultsDbClient
  work: SharedWork<TestResult[]>
  known: KnownFacts
  settings: Pick<GatingSettings, 'distinctLatestResultsOn' | 'outcomesPassed'>
  /** Characters of a whole URL. */
  maxUrl: number
}

/** All results the needs ask for; a need may be answered by two facts, of what was known and what was asked. */
export async function gatherResults(
  source: ResultsSource,
  needs: readonly ResultsNeed[],
  round: Round,
): Promise<ResultsFact[]> {
  const mark = source.known.mark()
  const { known, open } = round.since === null ? sorted(source, needs) : { known: [], open: needs }
  const asked = open.length > 0 ? await ask(source, open, round) : []
  if (round.since === null) for (const fact of asked) learn(source, fact, mark)
  return [...known, ...asked]
}

/** The needs parted into what is known already and what is left to ask. */
function sorted({ known: facts }: ResultsSource, needs: readonly ResultsNeed[]) {
  const known: ResultsFact[] = []
  const open: ResultsNeed[] = []
  for (const need of needs) {
    const { subject, testCases } = need
    const passed = testCases === 'all' ? null : facts.passedResults(subject, testCases)
    if (testCases === 'all' || !passed?.size) open.push(need)
    else {
      known.push({ need: { subject, testCases: [...passed.keys()] }, results: [...passed.values()].flat() })
      const left = testCases.filter((testCase) => !passed.has(testCase))
      if (left.length > 0) open.push({ subject, testCases: left })
    }
  }
  return { known, open }
}

async function ask(
  source: ResultsSource,
  needs: readonly ResultsNeed[],
  round: Round,
): Promise<ResultsFact[]> {
  const { client, settings, maxUrl } = source
  const distinctOn = settings.distinctLatestResultsOn
  const asked = needs.map((need) => ({ need, questions: questionsOf(need) }))
  const questions = asked.flatMap((one) => one.questions)
  const maxLength = maxUrl - client.latestUrl.length - 1
  const queries = bulkQueries(questions, { distinctOn, since: round.since, maxLength })
  const isVerbose = needs.some(({ testCases }) => testCases === 'all')
  const keys = new Set([...distinctOn, ...JUDGED_KEYS, ...questions.flatMap(({ keys }) => Object.keys(keys))])
  const wanted: WantedTestCases = isVerbose ? 'originals' : [...keys].sort()
  const answers = await Promise.all(
    queries.map(async (query) =>
      distributeResults(query.questions, await latest(source, query.search, wanted, round), distinctOn),
    ),
  )
  const found = new Map(answers.flatMap((answer) => [...answer]))
  return asked.map(({ need, questions: own }) => ({
    need,
    results: own.flatMap((question) => found.get(question) ?? []),
  }))
}

/** The results as received, for verbose answers; or of their data only these keys. */
type WantedTestCases = 'originals' | readonly string[]

/** What a judge looks at beside the keys that results are found and told apart by. */
const JUDGED_KEYS = ['scenario', 'error_reason']

function latest(
  { client, work }: ResultsSource,
  search: string,
  wanted: WantedTestCases,
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

/** What has passed is taken to stay so until something else is heard of the subject. */
function learn({ known, settings }: ResultsSource, { need, results }: ResultsFact, mark: number): void {
  for (const [testCase, ofIt] of Map.groupBy(results, (result) => result.testCase)) {
    const hasPassed = ofIt.every(({ outcome }) => settings.outcomesPassed.has(outcome))
    if (!hasPassed) known.dropPassed(need.subject, testCase)
    else if (need.testCases !== 'all') known.keepPassed(need.subject, testCase, ofIt, mark)
  }
}
