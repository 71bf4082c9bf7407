/** The decision of an earlier moment from the facts of now is the one over HTTP with `when`, for any content of the databases. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addResult } from '../../../../lab/services/resultsdb/state.ts'
import { addWaiver } from '../../../../lab/services/waiverdb/state.ts'
import { resetWorld } from '../../../../lab/world.ts'
import { judgePairs } from '../../../../src/commands/decide/judge-pairs.ts'
import { openGate } from '../../../../src/commands/gate/open-gate.ts'
import { NO_FACTS } from '../../../../src/domain/gate/facts/facts.ts'
import { subjectTypeNamed } from '../../../../src/domain/gate/subject/subject-type.ts'
import type { News } from '../../../../src/domain/message.ts'
import { NVR, policyYaml, TYPES, test } from '../../../support/gate/builders.ts'
import { startGate, type TestGate } from '../../../support/gate/gate.ts'

const BEGIN = Date.parse('2026-11-28T01:00:00Z')
const COMMIT = 'abc123'
const at = (second: number) => new Date(BEGIN + second * 1000).toISOString().replace('Z', '000')
const second = fc.nat(8)
const testCase = fc.constantFrom('t1', 't2', 't3')

const results = fc.array(
  fc.record({
    testCase,
    outcome: fc.constantFrom('PASSED', 'FAILED', 'ERROR', 'RUNNING'),
    second,
    key: fc.constantFrom('item', 'original_spec_nvr'),
    scenario: fc.constantFrom([], ['s1'], ['s2'], ['s1', 's2']),
  }),
  { maxLength: 10 },
)
const waivers = fc.array(fc.record({ testCase, second, waived: fc.boolean() }), { maxLength: 4 })
const rules = fc.array(
  fc.oneof(
    testCase.map((name) => test(name)),
    testCase.map((name) => test(name, 'scenario: s1')),
    fc.constant('!RemoteRule {}'),
  ),
  { minLength: 1, maxLength: 4 },
)
/** Decided together, in two decision contexts. */
const CONTEXTS = ['c', 'd']
const policies = fc
  .tuple(rules, rules)
  .map((lists) =>
    lists.map((list, n) => policyYaml('p', list, { decision_context: CONTEXTS[n] ?? '' })).join(''),
  )
const file = fc.option(testCase.map((name) => policyYaml('r', [test(name)])))

let world: TestGate
let gate: ReturnType<typeof openGate>
beforeAll(async () => {
  world = await startGate()
  gate = openGate(world.ctx)
})
afterAll(() => world.stop())

it('the decision of an earlier moment is the same as the one over HTTP, and so is the current decision', async () => {
  const content = fc.record({ results, waivers, policies, file, before: second })
  await fc.assert(
    fc.asyncProperty(content, async (given) => {
      resetWorld(world.world)
      await world.setPolicies(given.policies)
      world.putBuild(NVR, `git+https://git.example.com/rpms/glibc.git#${COMMIT}`)
      if (given.file) world.putFile('rpms/glibc', COMMIT, given.file)
      for (const { testCase, outcome, second, key, scenario } of given.results) {
        const data = { [key]: [NVR], type: ['koji_build'], scenario }
        addResult(world.world.resultsDb, { testCase, outcome, data, submittedAt: at(second) })
      }
      for (const { testCase, second, waived } of given.waivers) {
        const about = { subjectType: 'koji_build', subjectIdentifier: NVR, productVersion: 'fedora-26' }
        addWaiver(world.world.waiverDb, { ...about, testCase, waived, givenAt: at(second) })
      }
      const beforeUs = (BEGIN + given.before * 1000) * 1000 - 1
      const subject = { type: subjectTypeNamed(TYPES, 'koji_build'), identifier: NVR }
      const news = {} as News // not looked at
      const pairs = CONTEXTS.map((decisionContext) => ({
        pair: { decisionContext, productVersion: 'fedora-26', ids: [], beforeUs, news },
        needsEarlier: true,
      }))
      const when = `${new Date(Math.floor(beforeUs / 1000)).toISOString().slice(0, 23)}999`
      const outcomes = await judgePairs(gate, subject, pairs, NO_FACTS)
      expect(outcomes).toHaveLength(2)
      for (const { pair, verdict } of outcomes) {
        const about = { subject_type: 'koji_build', subject_identifier: NVR, product_version: 'fedora-26' }
        const request = { ...about, decision_context: pair.decisionContext }
        const [now, earlier] = [await world.decide(request), await world.decide({ ...request, when })]
        const judged = (decision: unknown) => ({ decision, fingerprint: expect.any(String) })
        const isLasting = expect.any(Boolean)
        expect(verdict).toEqual({ now: judged(now.json), earlier: judged(earlier.json), isLasting })
      }
    }),
    { numRuns: 80 },
  )
})
