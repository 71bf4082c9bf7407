/** Querying many subjects at once gives each the same results as a query of its own, for any content of the database. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createResultsDbState, type NewResult } from '../../../../lab/services/resultsdb/state.ts'
import type { TestResult } from '../../../../src/domain/gate/facts/facts.ts'
import type { ResultsNeed } from '../../../../src/domain/gate/facts/needs.ts'
import { resultQueriesOf, type Subject } from '../../../../src/domain/gate/subject/subject.ts'
import { subjectTypeNamed } from '../../../../src/domain/gate/subject/subject-type.ts'
import { DISTINCT_ON, TYPES } from '../../../support/gate/builders.ts'
import { gateLab } from '../../../support/gate/lab.ts'

const NAMES = ['a-1-1', 'b-1-1', 'c-1-1', 'RHEL-9.1']
const TEST_CASES = ['t1', 't2', 't3']
const TYPE_NAMES = [
  'koji_build',
  'brew-build',
  'redhat-container-image',
  'compose',
  'bodhi_update',
  'anything',
]

const some = (values: readonly string[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 })
const maybe = (values: readonly string[]) => fc.option(some(values), { nil: [] })

/** Results of few subjects, so that they overlap, also with keys that have several values or none. */
const storedResult = fc.record({
  testCase: fc.constantFrom(...TEST_CASES),
  outcome: fc.constantFrom('PASSED', 'FAILED'),
  second: fc.integer({ min: 0, max: 12 }),
  data: fc.record({
    item: maybe(NAMES),
    nvr: maybe(NAMES),
    original_spec_nvr: maybe(NAMES),
    'productmd.compose.id': maybe(NAMES),
    type: maybe(TYPE_NAMES),
    scenario: maybe(['s1', 's2']),
    system_architecture: maybe(['x86_64', 'aarch64']),
  }),
})

const subject = fc
  .record({
    name: fc.constantFrom(...TYPE_NAMES),
    identifier: fc.constantFrom(...NAMES, 'a-1-1,b-1-1', 'none'),
  })
  .map(({ name, identifier }): Subject => ({ type: subjectTypeNamed(TYPES, name), identifier }))

const needs = fc.uniqueArray(
  fc.record({ subject, testCases: fc.oneof(fc.constant('all' as const), some(TEST_CASES)) }),
  { minLength: 2, maxLength: 8, selector: ({ subject: { type, identifier } }) => `${type.id} ${identifier}` },
)

const SINCE = '1900-01-01T00:00:00.000000,2021-05-01T00:00:06.000000'

function toStore({
  second,
  data,
  ...result
}: typeof storedResult extends fc.Arbitrary<infer T> ? T : never): NewResult {
  const present = Object.entries(data).filter(([, values]) => values.length > 0)
  const submittedAt = `2021-05-01T00:00:${String(second).padStart(2, '0')}.000000`
  return { ...result, submittedAt, data: Object.fromEntries(present) }
}

/** What separate queries find, as the original sends them (behaviour/greenwave 3.7). */
async function askedAlone(url: string, need: ResultsNeed, since: string | null): Promise<number[]> {
  const ids: number[] = []
  for (const keys of resultQueriesOf(need.subject)) {
    const query = new URLSearchParams({ ...keys, _distinct_on: DISTINCT_ON.join(',') })
    if (since !== null) query.set('since', since)
    if (need.testCases !== 'all') query.set('testcases', need.testCases.join(','))
    const answer = await fetch(`${url}/results/latest?${query}`)
    const { data } = (await answer.json()) as { data: { id: number }[] }
    ids.push(...data.map(({ id }) => id))
  }
  return ids
}

describe('many subjects queried at once', () => {
  it.each([4000, 260])(
    'get the same results as separate queries, in the same order (URLs of %i characters)',
    async (maxUrl) => {
      const { world, urls, gather, putResult, calls } = await gateLab({ maxUrl })
      let together = 0
      let alone = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(storedResult, { maxLength: 40 }),
          needs,
          fc.constantFrom(null, SINCE),
          async (results, wanted, since) => {
            world.resultsDb = createResultsDbState()
            for (const result of results) putResult(toStore(result))
            const before = calls('resultsdb')
            const { results: facts = [] } = await gather({ results: wanted, since })
            together += calls('resultsdb') - before
            const ids = (found: readonly TestResult[]) => found.map(({ id }) => id)
            expect(facts.map(({ need }) => need)).toEqual(wanted)
            for (const { need, results: found } of facts)
              expect(ids(found)).toEqual(await askedAlone(urls.RESULTSDB_API_URL, need, since))
            alone += wanted.flatMap(({ subject: one }) => resultQueriesOf(one)).length
          },
        ),
        { numRuns: 150 },
      )
      if (maxUrl === 4000) expect(together).toBeLessThan(alone)
    },
  )
})
