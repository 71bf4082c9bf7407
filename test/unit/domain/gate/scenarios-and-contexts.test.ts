/** Decisions about several scenarios and decision contexts, verbose ones, and what they query (behaviour/greenwave 3.4 to 3.12). */
import { describe, expect, it } from 'vitest'
import {
  CRITICAL,
  decide,
  NO_TRIPLET,
  NVR,
  policiesFrom,
  policyYaml,
  request,
  result,
  rounds,
  test as rule,
  waiver,
} from '../../../support/gate/builders.ts'

const ALL_PASSED = CRITICAL.map((name) => result(name, 'PASSED'))
const subject = { subject_type: 'koji_build', subject_identifier: NVR }
describe('scenarios', () => {
  const id = 'Fedora-Rawhide-20210101.n.0'
  const body = {
    ...{ decision_context: 'rawhide_compose_sync_to_mirrors', product_version: 'fedora-rawhide' },
    ...{ subject_type: 'compose', subject_identifier: id },
  }
  const of = (scenario: string, outcome: string) =>
    result('compose.install_no_user', outcome, { nvr: id, key: 'productmd.compose.id', scenario })

  it('are separate tests', () => {
    const queued = [of('scenario1', 'QUEUED'), of('scenario2', 'QUEUED')]
    const passed = [...queued, of('scenario1', 'PASSED'), of('scenario2', 'PASSED')]
    expect(decide(body, { results: passed }).summary).toBe(
      'All required tests (2 total) have passed or been waived',
    )
    const decision = decide(body, { results: [...passed, of('scenario2', 'FAILED')] })
    expect(decision.summary).toBe('Of 2 required tests, 1 test failed')
    expect(decision.unsatisfied_requirements[0]).toMatchObject({
      item: { 'productmd.compose.id': id },
      scenario: 'scenario2',
    })
  })

  it('without a result are named as missing', () => {
    const decision = decide(body, { results: [of('scenario1', 'PASSED')] })
    expect(decision.unsatisfied_requirements).toMatchObject([
      { type: 'test-result-missing', scenario: 'scenario2' },
    ])
  })
})

describe('a verbose request', () => {
  it('shows all latest results newest first, and all waivers of the subject', () => {
    const extra = result('some.other', 'FAILED')
    const waivers = [waiver('not.required', { id: 1 }), waiver('dist.abicheck', { id: 2, waived: false })]
    const decision = decide(request({ verbose: true }), { results: [...ALL_PASSED, extra], waivers })
    expect(decision.results).toEqual([extra, ...ALL_PASSED.toReversed()].map(({ raw }) => raw))
    expect(decision.waivers).toEqual([waivers[0]?.raw])
    expect(decision.satisfied_requirements).toEqual(
      CRITICAL.map((testcase, index) => ({
        ...{
          type: 'test-result-passed',
          testcase,
          ...subject,
          result_id: ALL_PASSED[index]?.id,
          source: null,
        },
        ...NO_TRIPLET,
      })),
    )
  })

  it('shows a result that two subjects share once', () => {
    const both = result('t', 'PASSED', { data: { item: ['a-1-1', 'b-1-1'] } })
    const subject = ['a-1-1', 'b-1-1'].map((item) => ({ type: 'koji_build', item }))
    expect(decide({ ...request({ verbose: true }), subject }, { results: [both] }).results).toEqual([
      both.raw,
    ])
  })

  it('needs one round', () => {
    const { rounds: needs } = rounds(request({ verbose: true }), { results: ALL_PASSED })
    expect(needs).toHaveLength(1)
    expect(needs[0]?.results).toMatchObject([{ testCases: 'all' }])
    expect(needs[0]?.waivers).toEqual([
      { subjectType: 'koji_build', subjectIdentifier: NVR, productVersion: 'fedora-26', testCase: null },
    ])
  })
})

describe('several decision contexts', () => {
  const policies = policiesFrom(
    [
      policyYaml('policy1', [rule('sometest')], { decision_context: 'c1' }),
      policyYaml('policy2', [rule('sometest_2')], { decision_context: 'test_2' }),
      policyYaml('policy3', [rule('sometest_3')], { decision_context: 'test_3' }),
    ].join(''),
  )
  const body = request({ decision_context: ['c1', 'test_2'] })

  it('are judged together, with one query for waivers', () => {
    const results = [result('sometest', 'FAILED'), result('sometest_2', 'FAILED')]
    const { decision, rounds: needs } = rounds(body, { results }, { policies })
    expect(decision.summary).toBe('Of 2 required tests, 2 tests failed')
    expect(decision.applicablePolicies).toEqual(['policy1', 'policy2'])
    expect(needs.map(({ waivers }) => waivers.length)).toEqual([0, 2])
    expect(needs[1]?.waivers.map(({ testCase }) => testCase)).toEqual(['sometest', 'sometest_2'])
  })
})

describe('needs', () => {
  it('cover all subjects and tests at once without duplicates, and no waivers while every test passes', () => {
    const subject = ['a-1-1', 'b-1-1', 'a-1-1'].map((nvr) => ({ type: 'koji_build', item: nvr }))
    const results = ['a-1-1', 'b-1-1'].flatMap((nvr) =>
      CRITICAL.map((name) => result(name, 'PASSED', { nvr })),
    )
    const body = { ...request(), subject }
    const { decision, rounds: needs } = rounds(body, { results })
    expect(needs).toHaveLength(1)
    expect(needs[0]?.results.map((need) => [need.subject.identifier, need.testCases])).toEqual([
      ['a-1-1', CRITICAL],
      ['b-1-1', CRITICAL],
    ])
    expect(decision.summary).toBe('All required tests (9 total) have passed or been waived')
    expect(decision.answers.map((answer) => answer.subject.identifier)).toEqual(
      ['a-1-1', 'b-1-1', 'a-1-1'].flatMap((nvr) => CRITICAL.map(() => nvr)),
    )
    expect(decision.applicablePolicies).toHaveLength(6)
  })

  it.each(['FAILED', 'ERROR', 'QUEUED'])('include waivers once when a test is %s', (outcome) => {
    const results = [...ALL_PASSED.slice(1), result('dist.abicheck', outcome)]
    const { rounds: needs } = rounds(request(), { results })
    expect(needs.map(({ waivers }) => waivers)).toEqual([
      [],
      [
        {
          subjectType: 'koji_build',
          subjectIdentifier: NVR,
          productVersion: 'fedora-26',
          testCase: 'dist.abicheck',
        },
      ],
    ])
  })
})
