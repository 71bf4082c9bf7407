/** Decisions on one build, case by case: which tests are unmet, ignored or demanded (behaviour/greenwave 3.4 to 3.12; cases A12 to A28). */
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
const item = { item: NVR, type: 'koji_build' }
const subject = { subject_type: 'koji_build', subject_identifier: NVR }
const missing = (testcase: string) => ({
  type: 'test-result-missing',
  testcase,
  ...subject,
  item,
  scenario: null,
  source: null,
})

describe('a decision on one build', () => {
  it('is satisfied when all required tests have passed', () => {
    expect(decide(request(), { results: ALL_PASSED })).toMatchObject({
      policies_satisfied: true,
      applicable_policies: [
        'taskotron_release_critical_tasks_with_blocklist',
        'taskotron_release_critical_tasks',
      ],
      summary: 'All required tests (3 total) have passed or been waived',
      unsatisfied_requirements: [],
    })
  })

  it('distinguishes failed and missing tests, in the order of the policies', () => {
    const decision = decide(request(), { results: [result('dist.abicheck', 'FAILED', { id: 7 })] })
    expect(decision.summary).toBe('Of 3 required tests, 2 results missing, 1 test failed')
    expect(decision.policies_satisfied).toBe(false)
    expect(decision.unsatisfied_requirements).toEqual([
      {
        type: 'test-result-failed',
        testcase: 'dist.abicheck',
        ...subject,
        result_id: 7,
        item,
        source: null,
        ...NO_TRIPLET,
      },
      missing('dist.rpmdeplint'),
      missing('dist.upgradepath'),
    ])
  })

  it('reports every test without a result as missing', () => {
    const decision = decide(request())
    expect(decision.summary).toBe('Of 3 required tests, 3 results missing')
    expect(decision.unsatisfied_requirements).toEqual(CRITICAL.map(missing))
  })

  it.each(['QUEUED', 'RUNNING'])('reports a test that is %s as incomplete', (outcome) => {
    const decision = decide(request(), { results: [result('dist.abicheck', outcome, { id: 8 })] })
    expect(decision.summary).toBe('Of 3 required tests, 2 results missing, 1 test incomplete')
    expect(decision.unsatisfied_requirements[0]).toEqual({
      ...{
        type: 'test-result-missing',
        testcase: 'dist.abicheck',
        ...subject,
        result_id: 8,
        item,
        source: null,
      },
      ...NO_TRIPLET,
    })
  })

  it('uses the newest result', () => {
    const results = [...ALL_PASSED, result('dist.abicheck', 'FAILED', { id: 900 })]
    const decision = decide(request(), { results })
    expect(decision.summary).toBe('Of 3 required tests, 1 test failed')
    expect(decision.unsatisfied_requirements[0]).toMatchObject({ result_id: 900 })
  })

  it('treats an unknown outcome as a failure', () => {
    const decision = decide(request(), { results: [result('dist.abicheck', 'NEEDS_INSPECTION')] })
    expect(decision.unsatisfied_requirements[0]).toMatchObject({ type: 'test-result-failed' })
  })

  it('reports why a test errored', () => {
    const policies = policiesFrom(policyYaml('p', [rule('t')]))
    const decideWith = (stored: ReturnType<typeof result>) =>
      decide(request({ decision_context: 'c' }), { results: [stored] }, { policies })
    const errored = result('t', 'ERROR')
    expect(decideWith(errored).summary).toBe('Of 1 required test, 1 test errored')
    expect(decideWith(errored).unsatisfied_requirements[0]).toMatchObject({
      type: 'test-result-errored',
      error_reason: null,
    })
    const reason = decideWith({ ...errored, errorReason: 'disk full' }).unsatisfied_requirements[0]
    expect(reason).toMatchObject({ error_reason: 'disk full' })
    const inData = decideWith(result('t', 'ERROR', { data: { error_reason: ['no space', 'x'] } }))
    expect(inData.unsatisfied_requirements[0]).toMatchObject({ error_reason: 'no space' })
  })

  it('finds results that are stored under an alias of the type', () => {
    const body = {
      ...{ decision_context: 'osci_compose_gate', product_version: 'rhel-something' },
      subject: [{ type: 'brew-build', item: 'avahi-1.0-1.el7' }],
    }
    const results = [
      result('osci.brew-build.tier0.functional', 'PASSED', { nvr: 'avahi-1.0-1.el7', type: 'brew-build' }),
    ]
    expect(decide(body, { results })).toMatchObject({
      policies_satisfied: true,
      applicable_policies: ['osci_compose'],
      summary: 'All required tests (1 total) have passed or been waived',
    })
  })

  it('counts a result once that two queries find', () => {
    const both = result('dist.abicheck', 'FAILED', { data: { original_spec_nvr: [NVR] } })
    expect(decide(request(), { results: [both] }).summary).toBe(
      'Of 3 required tests, 2 results missing, 1 test failed',
    )
  })

  it('needs all architectures and variants to pass', () => {
    const on = (arch: string, outcome: string) =>
      result('dist.abicheck', outcome, { data: { system_architecture: [arch] } })
    const decision = decide(request(), { results: [on('x86_64', 'PASSED'), on('s390x', 'FAILED')] })
    expect(decision.summary).toBe('Of 4 required tests, 2 results missing, 1 test failed')
    expect(decision.unsatisfied_requirements[0]).toMatchObject({ system_architecture: 's390x' })
  })
})

describe('ignored facts', () => {
  it('make an ignored result missing', () => {
    const decision = decide(request({ ignore_result: [ALL_PASSED[0]?.id] }), { results: ALL_PASSED })
    expect(decision.unsatisfied_requirements).toEqual([missing('dist.abicheck')])
  })

  it('do not bring an older result back', () => {
    const [passed, failed] = [result('dist.abicheck', 'PASSED'), result('dist.abicheck', 'FAILED')]
    const decision = decide(request({ ignore_result: [failed.id] }), { results: [passed, failed] })
    expect(decision.unsatisfied_requirements[0]).toEqual(missing('dist.abicheck'))
  })

  it('include what came after the requested time', () => {
    const results = [
      ...ALL_PASSED.slice(1),
      result('dist.abicheck', 'PASSED', { at: '2021-06-01T00:00:00.000001' }),
    ]
    const before = request({ when: '2021-06-01T00:00:00.000000' })
    expect(decide(before, { results }).unsatisfied_requirements).toEqual([missing('dist.abicheck')])
    const after = request({ when: '2021-06-01T00:00:00.000001' })
    expect(decide(after, { results }).policies_satisfied).toBe(true)
    expect(rounds(before).rounds[0]?.since).toBe('1900-01-01T00:00:00.000000,2021-06-01T00:00:00.000000')
  })

  it('include ignored waivers', () => {
    const outside = { results: ALL_PASSED.slice(1), waivers: [waiver('dist.abicheck', { id: 5 })] }
    expect(decide(request(), outside).policies_satisfied).toBe(true)
    expect(decide(request({ ignore_waiver: [5] }), outside).policies_satisfied).toBe(false)
  })
})

describe('policies that demand nothing', () => {
  const update = (more: object) => ({
    ...{ decision_context: 'bodhi_update_push_stable', subject_type: 'bodhi_update' },
    ...{ subject_identifier: 'FEDORA-2000-abcdef01', ...more },
  })

  it('are satisfied', () => {
    expect(decide(update({ product_version: 'fedora-24' }))).toMatchObject({
      policies_satisfied: true,
      applicable_policies: ['empty-policy'],
      summary: 'No tests are required',
    })
  })

  it('have no name for all types, unlike those of rule files', () => {
    const policies = policiesFrom(policyYaml('p', [], { subject_type: '"*"' }))
    expect(() => decide(request({ decision_context: 'c' }), {}, { policies })).toThrow(
      'Found no applicable policies for koji_build subjects',
    )
  })

  it('are optional for types that allow it', () => {
    expect(decide(update({ product_version: 'fedora-26', verbose: true }))).toEqual({
      ...{ policies_satisfied: true, applicable_policies: [], summary: 'No tests are required' },
      ...{ satisfied_requirements: [], unsatisfied_requirements: [], results: [], waivers: [] },
    })
  })

  it('exclude packages', () => {
    const nvr = 'module-build-service-1.0-1.el7'
    const body = {
      ...{ decision_context: 'osci_compose_gate', product_version: 'rhel-something' },
      subject: [{ type: 'brew-build', item: nvr }],
    }
    const results = [result('osci.brew-build.tier0.functional', 'FAILED', { nvr, type: 'brew-build' })]
    const decision = decide(body, { results })
    expect(decision).toMatchObject({ policies_satisfied: true, applicable_policies: ['osci_compose'] })
    expect(decision.satisfied_requirements).toEqual([
      { type: 'excluded', subject_identifier: nvr, policy: 'osci_compose', source: null },
    ])
  })

  it('exclude nothing of a type whose identifiers name no package', () => {
    for (const [list, names] of [
      ['excluded_packages', '["*"]'],
      ['packages', '[a]'],
    ] as const) {
      const policies = policiesFrom(policyYaml('p', [rule('t')], { subject_type: 'compose', [list]: names }))
      const body = request({ decision_context: 'c', subject_type: 'compose' })
      expect(decide(body, {}, { policies }).summary).toBe('Of 1 required test, 1 result missing')
    }
  })

  it('skip packages that they do not list', () => {
    const body = request({ decision_context: 'osci_compose_gate', product_version: 'rhel-something' })
    expect(decide(body)).toMatchObject({
      policies_satisfied: true,
      applicable_policies: ['osci_compose'],
      satisfied_requirements: [],
      summary: 'No tests are required',
    })
  })
})
