/** Results that cannot be read never make a requirement satisfied, and concern only what they may be about. */
import { describe, expect, it } from 'vitest'
import type { ResultFault, TestResult } from '../../../../src/domain/gate/facts/facts.ts'
import { decisionJson } from '../../../../src/present/gate/decision.ts'
import {
  DISTINCT_ON,
  NVR,
  policiesFrom,
  policyYaml,
  result,
  rounds,
  test,
} from '../../../support/gate/builders.ts'

const policies = policiesFrom(policyYaml('p', [test('a'), test('b', 'scenario: s')]))
const request = {
  decision_context: 'c',
  product_version: 'fedora-26',
  subject_type: 'koji_build',
  subject_identifier: NVR,
}

function odd(of: TestResult, ...unknown: ('testCase' | 'data' | 'submitTime')[]): TestResult {
  const fault: ResultFault = { reason: 'cannot be read', unknown: new Set(unknown) }
  const { testCase, data } = of
  return {
    ...of,
    testCase: fault.unknown.has('testCase') ? '' : testCase,
    data: fault.unknown.has('data') ? {} : data,
    errorReason: fault.reason,
    fault,
  }
}

function decide(results: TestResult[]) {
  const { decision } = rounds(request, { results }, { policies })
  const { policies_satisfied, unsatisfied_requirements, summary } = decisionJson(decision, DISTINCT_ON)
  const unmet = unsatisfied_requirements.map(({ type, testcase, error_reason }) => [
    type,
    testcase,
    error_reason,
  ])
  return { policies_satisfied, unmet, summary }
}

const passed = [result('a', 'PASSED'), result('b', 'PASSED', { scenario: 's' })]

describe('a result that cannot be read', () => {
  it('is an errored answer about its test case, with the reason, beside a passed one', () => {
    const failed = odd(result('a', 'PASSED', { data: { system_architecture: ['aarch64'] } }))
    expect(decide([...passed, failed])).toEqual({
      policies_satisfied: false,
      unmet: [['test-result-errored', 'a', 'cannot be read']],
      summary: 'Of 3 required tests, 1 test errored',
    })
  })

  it('changes nothing about other test cases', () => {
    expect(decide([...passed, odd(result('c', 'FAILED'))]).policies_satisfied).toBe(true)
  })

  it('concerns every test case when its own is unknown', () => {
    const unmet = [
      ['test-result-errored', 'a', 'cannot be read'],
      ['test-result-errored', 'b', 'cannot be read'],
    ]
    const nameless = odd(
      result('a', 'PASSED', { scenario: 's', data: { system_architecture: ['x'] } }),
      'testCase',
    )
    expect(decide([...passed, nameless]).unmet).toEqual(unmet)
    expect(decide([...passed, odd(nameless, 'testCase', 'data', 'submitTime')]).unmet).toEqual(unmet)
  })

  it('concerns every scenario when its data is unknown, and only its own otherwise', () => {
    expect(decide([...passed, odd(result('b', 'PASSED'), 'data')]).unmet).toHaveLength(1)
    expect(decide([...passed, odd(result('b', 'PASSED', { scenario: 't' }))]).policies_satisfied).toBe(true)
  })

  it('is hidden by a newer one of the same kind only if its time is known', () => {
    const old = { ...result('a', 'PASSED', { at: '2020-01-01T00:00:00' }) }
    expect(decide([odd(old), ...passed]).policies_satisfied).toBe(true)
    expect(decide([odd(old, 'submitTime'), ...passed]).unmet).toHaveLength(1)
  })
})
