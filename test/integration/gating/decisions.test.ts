/** Decisions made of facts that were gathered over sockets (spec/greenwave 3, cases A12 to A34). */
import { describe, expect, it } from 'vitest'
import { CRITICAL, NVR, policiesFrom, policyYaml, request, test as rule } from '../../support/gating.ts'
import { gatingLab } from '../../support/gating-lab.ts'

const build = { item: [NVR], type: ['koji_build'] }

describe('a decision on one build', () => {
  it('is satisfied by passed results without asking for waivers', async () => {
    const { decide, putResult, calls } = await gatingLab()
    for (const testCase of CRITICAL) putResult({ testCase, outcome: 'PASSED', data: build })
    expect(await decide(request())).toMatchObject({
      policies_satisfied: true,
      summary: 'All required tests (3 total) have passed or been waived',
    })
    expect([calls('resultsdb'), calls('waiverdb')]).toEqual([2, 0])
  })

  it('asks for waivers once when something has failed, and lets them lift it', async () => {
    const { decide, putResult, putWaiver, calls } = await gatingLab()
    const failed = putResult({ testCase: 'dist.abicheck', outcome: 'FAILED', data: build })
    for (const testCase of CRITICAL.slice(1)) putResult({ testCase, outcome: 'PASSED', data: build })
    expect(await decide(request())).toMatchObject({
      summary: 'Of 3 required tests, 1 test failed',
      unsatisfied_requirements: [{ type: 'test-result-failed', result_id: failed.id }],
    })
    expect(calls('waiverdb')).toBe(1)
    const waiver = putWaiver({
      subjectType: 'koji_build',
      subjectIdentifier: NVR,
      testCase: 'dist.abicheck',
      productVersion: 'fedora-26',
    })
    expect(await decide(request())).toMatchObject({
      policies_satisfied: true,
      satisfied_requirements: [{ type: 'test-result-failed-waived', waiver_id: waiver.id }, {}, {}],
    })
  })
})
