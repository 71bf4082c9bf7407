/** Decisions over HTTP, with exactly the fields of the original (behaviour/greenwave 3; cases A12 to A28). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CRITICAL, NO_TRIPLET, NVR, policyYaml, test as rule } from '../../../../support/gate/builders.ts'
import { DEFAULT_REQUEST, startGate, type TestGate } from '../../../../support/gate/gate.ts'

let gate: TestGate
beforeAll(async () => {
  gate = await startGate()
})
afterAll(() => gate.stop())
beforeEach(() => gate.reset())

const ITEM = { item: NVR, type: 'koji_build' }
const subject = { subject_type: 'koji_build', subject_identifier: NVR }
const decide = async (more: object = {}) => {
  const { status, json } = await gate.decide({ ...DEFAULT_REQUEST, ...more })
  expect(json.message).toBeUndefined()
  expect(status).toBe(200)
  return json
}
const pass3 = async () => {
  const results = []
  for (const name of CRITICAL) results.push(await gate.putResult(name, 'PASSED'))
  return results
}
const missing = (testcase: string) => ({
  type: 'test-result-missing',
  testcase,
  ...subject,
  item: ITEM,
  scenario: null,
  source: null,
})

describe('the critical tests', () => {
  it('A12: are satisfied when all three have passed', async () => {
    await pass3()
    expect(await decide()).toMatchObject({
      policies_satisfied: true,
      summary: 'All required tests (3 total) have passed or been waived',
      applicable_policies: [
        'taskotron_release_critical_tasks_with_blocklist',
        'taskotron_release_critical_tasks',
      ],
    })
  })

  it('A13: show a failed test and two missing ones, with exactly these fields', async () => {
    const { id } = await gate.putResult('dist.abicheck', 'FAILED')
    const decision = await decide()
    expect(decision).toMatchObject({
      policies_satisfied: false,
      summary: 'Of 3 required tests, 2 results missing, 1 test failed',
    })
    expect(decision.unsatisfied_requirements).toStrictEqual([
      {
        type: 'test-result-failed',
        testcase: 'dist.abicheck',
        ...subject,
        result_id: id,
        item: ITEM,
        source: null,
        ...NO_TRIPLET,
      },
      missing('dist.rpmdeplint'),
      missing('dist.upgradepath'),
    ])
  })

  it('A14: are all missing without results', async () => {
    const decision = await decide()
    expect(decision.summary).toBe('Of 3 required tests, 3 results missing')
    expect(decision.unsatisfied_requirements).toStrictEqual(CRITICAL.map(missing))
  })

  it.each(['QUEUED', 'RUNNING'])('A15: are incomplete while one is %s', async (outcome) => {
    const { id } = await gate.putResult('dist.abicheck', outcome)
    const decision = await decide()
    expect(decision.summary).toBe('Of 3 required tests, 2 results missing, 1 test incomplete')
    expect(decision.unsatisfied_requirements[0]).toStrictEqual({
      type: 'test-result-missing',
      testcase: 'dist.abicheck',
      ...subject,
      result_id: id,
      item: ITEM,
      source: null,
      ...NO_TRIPLET,
    })
  })

  it('A16: are satisfied when the failed one is waived', async () => {
    const { id: result_id } = await gate.putResult('dist.abicheck', 'FAILED')
    await gate.putResult('dist.rpmdeplint', 'PASSED')
    await gate.putResult('dist.upgradepath', 'PASSED')
    expect((await decide()).policies_satisfied).toBe(false)
    const { id: waiver_id } = await gate.putWaiver('dist.abicheck')
    const decision = await decide()
    expect(decision).toMatchObject({
      policies_satisfied: true,
      summary: 'All required tests (3 total) have passed or been waived',
    })
    expect(decision.satisfied_requirements[0]).toStrictEqual({
      type: 'test-result-failed-waived',
      testcase: 'dist.abicheck',
      ...subject,
      source: null,
      waiver_id,
      result_id,
      ...NO_TRIPLET,
    })
    expect((await decide({ ignore_waiver: [waiver_id] })).policies_satisfied).toBe(false)
  })

  it('A17: use the newest result', async () => {
    await pass3()
    const { id } = await gate.putResult('dist.abicheck', 'FAILED')
    const decision = await decide()
    expect(decision.summary).toBe('Of 3 required tests, 1 test failed')
    expect(decision.unsatisfied_requirements).toMatchObject([{ result_id: id }])
  })

  it('A18: include all results and waivers in a verbose answer', async () => {
    const results = await pass3()
    const decision = await decide({ verbose: true })
    expect(decision.satisfied_requirements).toStrictEqual(
      results.map(({ id, testcase }) => ({
        type: 'test-result-passed',
        testcase: testcase.name,
        result_id: id,
        ...subject,
        source: null,
        ...NO_TRIPLET,
      })),
    )
    expect(decision.results).toStrictEqual(results.toReversed())
    expect(decision.waivers).toStrictEqual([])
  })

  it('A21: skip ignored results, and those after the requested time', async () => {
    await gate.putResult('dist.rpmdeplint', 'PASSED', ITEM, { submit_time: '2024-01-01T00:00:01.000000' })
    await gate.putResult('dist.upgradepath', 'PASSED', ITEM, { submit_time: '2024-01-01T00:00:02.000000' })
    const { id } = await gate.putResult('dist.abicheck', 'PASSED', ITEM, {
      submit_time: '2024-01-01T00:00:03.000000',
    })
    expect((await decide()).policies_satisfied).toBe(true)
    for (const more of [
      { ignore_result: [id] },
      { ignore_result: [String(id)] },
      { when: '2024-01-01T00:00:02.999999' },
    ]) {
      const decision = await decide(more)
      expect(decision.policies_satisfied).toBe(false)
      expect(decision.unsatisfied_requirements).toStrictEqual([missing('dist.abicheck')])
    }
  })
})

describe('policies', () => {
  const update = { subject_type: 'bodhi_update', subject_identifier: 'FEDORA-2000-abcdef01' }

  it('A19: may have no rules', async () => {
    expect(await decide({ ...update, product_version: 'fedora-24' })).toStrictEqual({
      policies_satisfied: true,
      summary: 'No tests are required',
      satisfied_requirements: [],
      unsatisfied_requirements: [],
      applicable_policies: ['empty-policy'],
    })
  })

  it('A20: may be missing for types that allow it', async () => {
    expect(await decide(update)).toStrictEqual({
      policies_satisfied: true,
      summary: 'No tests are required',
      satisfied_requirements: [],
      unsatisfied_requirements: [],
      applicable_policies: [],
    })
  })

  it('A22: may demand a test in several scenarios', async () => {
    const compose = 'Fedora-Rawhide-20240101.n.0'
    const request = {
      decision_context: 'rawhide_compose_sync_to_mirrors',
      product_version: 'fedora-rawhide',
      subject_type: 'compose',
      subject_identifier: compose,
    }
    const put = (scenario: string, outcome: string) =>
      gate.putResult('compose.install_no_user', outcome, { 'productmd.compose.id': compose, scenario })
    for (const outcome of ['QUEUED', 'PASSED'])
      for (const scenario of ['scenario1', 'scenario2']) await put(scenario, outcome)
    expect(await decide(request)).toMatchObject({
      policies_satisfied: true,
      summary: 'All required tests (2 total) have passed or been waived',
    })
    await put('scenario2', 'FAILED')
    const decision = await decide(request)
    expect(decision.summary).toBe('Of 2 required tests, 1 test failed')
    expect(decision.unsatisfied_requirements).toMatchObject([
      { item: { 'productmd.compose.id': compose }, scenario: 'scenario2' },
    ])
  })

  const brew = (item: string) => ({
    decision_context: 'osci_compose_gate',
    product_version: 'rhel-something',
    subject: [{ type: 'brew-build', item }],
  })

  it('A23: match a type by its alias', async () => {
    const nvr = 'avahi-1.0-1.el7'
    await gate.putResult('osci.brew-build.tier0.functional', 'PASSED', { item: nvr, type: 'brew-build' })
    expect(await decide(brew(nvr))).toMatchObject({
      policies_satisfied: true,
      summary: 'All required tests (1 total) have passed or been waived',
      applicable_policies: ['osci_compose'],
    })
  })

  it('A24: exclude packages', async () => {
    const nvr = 'module-build-service-1.0-1.el7'
    await gate.putResult('osci.brew-build.tier0.functional', 'FAILED', { item: nvr, type: 'brew-build' })
    const decision = await decide(brew(nvr))
    expect(decision.policies_satisfied).toBe(true)
    expect(decision.satisfied_requirements).toStrictEqual([
      { type: 'excluded', subject_identifier: nvr, policy: 'osci_compose', source: null },
    ])
  })

  it('A25: may be sent with the request', async () => {
    const nvr = 'image-container-1.0-1'
    await gate.putResult('test.testcase1', 'FAILED', { item: nvr, type: 'koji_build' })
    await gate.putResult('test.testcase2', 'FAILED', { nvr, type: 'redhat-container-image' })
    const decision = await decide({
      decision_context: undefined,
      product_version: 'rhel-8',
      subject_type: 'redhat-container-image',
      subject_identifier: nvr,
      rules: ['test.testcase1', 'test.testcase2'].map((test_case_name) => ({
        type: 'PassingTestCaseRule',
        test_case_name,
      })),
    })
    expect(decision.summary).toBe('Of 2 required tests, 2 tests failed')
    expect(decision).not.toHaveProperty('applicable_policies')
    const about = {
      subject_type: 'redhat-container-image',
      item: { item: nvr, type: 'redhat-container-image' },
    }
    expect(decision.unsatisfied_requirements).toMatchObject([about, about])
  })

  it('A26: are all checked for several decision contexts, with one query to the waiver service', async () => {
    await gate.setPolicies(
      [
        policyYaml('policy1', [rule('sometest')], { decision_context: 'c1' }),
        policyYaml('policy2', [rule('sometest_2')], { decision_context: 'test_2' }),
        policyYaml('policy3', [rule('sometest_3')], { decision_context: 'test_3' }),
      ].join(''),
    )
    await gate.putResult('sometest', 'FAILED')
    await gate.putResult('sometest_2', 'FAILED')
    const decision = await decide({ decision_context: ['c1', 'test_2'] })
    expect(decision).toMatchObject({
      summary: 'Of 2 required tests, 2 tests failed',
      applicable_policies: ['policy1', 'policy2'],
    })
    expect(gate.calls('waiverdb')).toBe(1)
  })

  it('A27: need no waivers when everything has passed, and one query otherwise', async () => {
    await pass3()
    await decide()
    expect(gate.calls('waiverdb')).toBe(0)
    for (const [outcome, calls] of [
      ['FAILED', 1],
      ['ERROR', 2],
    ] as const) {
      await gate.putResult('dist.abicheck', outcome)
      await decide()
      await expect.poll(() => gate.calls('waiverdb')).toBe(calls)
    }
    const { id } = await gate.putResult('dist.abicheck', 'PASSED')
    await decide({ ignore_result: [id] })
    expect(gate.calls('waiverdb')).toBe(3)
  })

  it('A28: report why a test ended with an error', async () => {
    await gate.setPolicies(policyYaml('one', [rule('sometest')]))
    await gate.putResult('sometest', 'ERROR', { ...ITEM, error_reason: 'the machine went away' })
    const decision = await decide({ decision_context: 'c' })
    expect(decision.summary).toBe('Of 1 required test, 1 test errored')
    expect(decision.unsatisfied_requirements).toMatchObject([
      { type: 'test-result-errored', error_reason: 'the machine went away' },
    ])
  })
})
