/** A kept answer always equals a new one: under random results, news, expiries and policies (decision 0059). */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { resetWorld } from '../../../../lab/world.ts'
import { createAnswers } from '../../../../src/commands/gate/answers.ts'
import { decide } from '../../../../src/commands/gate/decide.ts'
import type { Gate } from '../../../../src/commands/gate/open-gate.ts'
import { candidateSourceOf } from '../../../../src/domain/gate/change/candidates.ts'
import { indexPolicies } from '../../../../src/domain/gate/policy/policy-index.ts'
import { DecisionError } from '../../../../src/domain/gate/request/decision-error.ts'
import type { PolicySet } from '../../../../src/gate-input/policies/load.ts'
import { createMetrics } from '../../../../src/lib/metrics/metrics.ts'
import { decisionText } from '../../../../src/present/gate/decision.ts'
import { bytes, policiesFrom, policyYaml, test as rule, TYPES } from '../../../support/gate/builders.ts'
import { gateLab } from '../../../support/gate/lab.ts'

const CACHE_SECONDS = 600
const NVRS = ['a-1-1.fc26', 'b-1-1.fc26']
const TESTS = ['t1', 't2']

const SETS = [
  policyYaml('both', [rule('t1'), rule('t2')]),
  policyYaml('first', [rule('t1')]),
  policyYaml('timed', [rule('t1'), rule('t2', 'valid_since: 2024-01-01')]),
  policyYaml('remote', ['!RemoteRule {}']),
].map((yaml): PolicySet => {
  const policies = policiesFrom(yaml)
  return { policies, index: indexPolicies(policies), subjectTypes: TYPES }
})
const FILE = policyYaml('inner', [rule('t1')], { product_versions: '["*"]' })

function gateOn(
  { gatherer, settings }: Awaited<ReturnType<typeof gateLab>>,
  policies: () => PolicySet,
): Gate {
  return {
    ...gatherer,
    settings,
    policies,
    judgedBy: () => '',
    candidateSource: () => candidateSourceOf(policies().index, TYPES.all),
    now: () => new Date(),
    deadlineMs: 20_000,
    metrics: createMetrics(),
  }
}

const nvr = fc.constantFrom(...NVRS)
const REQUESTS = [
  ...NVRS.map((name) => ({ subject_type: 'koji_build', subject_identifier: name })),
  { subject: NVRS.map((item) => ({ type: 'koji_build', item })) },
  { subject_type: 'brew-build', subject_identifier: 'a-1-1.fc26' },
  { subject_type: 'koji_build', subject_identifier: 'a-1-1.fc26', ignore_result: [1] },
].map((about) => ({ decision_context: 'c', product_version: 'fedora-26', ...about }))

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('request' as const),
      body: fc.constantFrom(...REQUESTS),
      more: fc.oneof(
        { weight: 8, arbitrary: fc.constant({}) },
        fc.constantFrom({ verbose: true }, { explain: true }, { when: '2021-06-01T00:00:00.0' }),
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('result' as const),
      nvr,
      testCase: fc.constantFrom(...TESTS),
      outcome: fc.constantFrom('PASSED', 'PASSED', 'FAILED'),
      hasNews: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget all' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('time' as const), seconds: fc.constantFrom(5, 11, 300, 601) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('policies' as const), set: fc.nat(SETS.length - 1) }),
  },
)

it('a kept answer equals a new one, and nothing is called for it', async () => {
  let clock = 0
  const lab = await gateLab({ cacheSeconds: CACHE_SECONDS, now: () => clock })
  let set = SETS[0] as PolicySet // the list is not empty
  const gate = gateOn(lab, () => set)
  const calls = () =>
    ['resultsdb', 'waiverdb', 'koji', 'distgit'].reduce((sum, name) => sum + lab.calls(name), 0)
  const refusal = (error: unknown) => {
    if (error instanceof DecisionError) return error.message
    throw error
  }
  let keptOnes = 0
  let changes = 0

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      resetWorld(lab.world)
      lab.gatherer.forgetAll()
      clock += (CACHE_SECONDS + 1) * 1000
      for (const name of NVRS) {
        const commit = lab.putFile({ repository: `rpms/${name}`, path: 'gating.yaml', text: FILE })
        lab.putBuild(name, `git+https://src.example.com/rpms/${name}.git#${commit}`)
        for (const testCase of TESTS)
          lab.putResult({ testCase, outcome: 'PASSED', data: { item: [name], type: ['koji_build'] } })
      }
      const answer = createAnswers(gate)
      const last = new Map<string, string>()
      for (const one of steps) {
        if (one.kind === 'time') clock += one.seconds * 1000
        else if (one.kind === 'policies') set = SETS[one.set] ?? set
        else if (one.kind === 'forget all') lab.gatherer.forgetAll()
        else if (one.kind === 'result') {
          const data = { item: [one.nvr], type: ['koji_build'] }
          lab.putResult({ testCase: one.testCase, outcome: one.outcome, data })
          if (one.hasNews) lab.gatherer.forgetSubject(one.nvr)
        } else {
          const body = { ...one.body, ...one.more }
          const text = JSON.stringify(body)
          let isMade = false
          const before = calls()
          const sent = { type: 'application/json', bytes: bytes(text) }
          const answered = await answer(sent, () => {
            isMade = true
            return {}
          }).then((given) => given.text, refusal)
          if (!isMade) expect(calls()).toBe(before)
          const between = calls()
          const fresh = await decide(gate, () => body).then(
            ({ decision, explanation }) =>
              decisionText(decision, gate.settings.distinctLatestResultsOn, explanation),
            refusal,
          )
          expect(answered).toBe(fresh)
          if (!isMade) expect(calls()).toBe(between)
          if (!isMade) keptOnes += 1
          if (last.has(text) && last.get(text) !== fresh) changes += 1
          last.set(text, fresh)
        }
      }
    }),
    { numRuns: 60 },
  )
  expect(keptOnes).toBeGreaterThan(50)
  expect(changes).toBeGreaterThan(50)
})

it('a request in other bytes or of another media type is not answered by a kept answer', async () => {
  const lab = await gateLab({ cacheSeconds: CACHE_SECONDS })
  lab.putResult({ testCase: 't1', outcome: 'PASSED', data: { item: ['a-1-1.fc26'], type: ['koji_build'] } })
  const set = SETS[1] as PolicySet // there are four
  const answer = createAnswers(gateOn(lab, () => set))
  const text = JSON.stringify(REQUESTS[0])
  const isMadeFor = async (type: string | undefined, sent: string) => {
    let isMade = false
    const caller = () => {
      isMade = true
      return {}
    }
    await answer({ type, bytes: bytes(sent) }, caller).catch(() => undefined)
    return isMade
  }
  for (let n = 0; n < 2; n += 1) await isMadeFor('application/json', text)
  expect(await isMadeFor('application/json', text)).toBe(false)
  expect(await isMadeFor('application/json', `${text} `)).toBe(true)
  expect(await isMadeFor('text/plain', text)).toBe(true)
  expect(await isMadeFor(undefined, text)).toBe(true)
})
