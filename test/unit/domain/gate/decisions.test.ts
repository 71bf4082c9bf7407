/** Decisions, case by case (behaviour/greenwave 3.4 to 3.12; cases A12 to A28). */
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
  SETTINGS,
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

describe('rules in a request', () => {
  const nvr = '389-ds-1.4-820181127205924.9edba152'
  const rules = ['test.testcase1', 'test.testcase2'].map((test_case_name) => ({
    type: 'PassingTestCaseRule',
    test_case_name,
  }))
  const body = {
    product_version: 'rhel-8',
    subject_type: 'redhat-container-image',
    subject_identifier: nvr,
    rules,
  }

  it('are the only ones judged, by all keys under which results may be stored', () => {
    const results = [
      result('test.testcase1', 'FAILED', { nvr }),
      result('test.testcase2', 'FAILED', { nvr, key: 'nvr', type: 'redhat-container-image' }),
    ]
    const decision = decide(body, { results })
    expect(decision.summary).toBe('Of 2 required tests, 2 tests failed')
    expect(decision).not.toHaveProperty('applicable_policies')
    for (const requirement of decision.unsatisfied_requirements) {
      const expected = {
        subject_type: 'redhat-container-image',
        item: { item: nvr, type: 'redhat-container-image' },
      }
      expect(requirement).toMatchObject(expected)
    }
  })

  it('report an excluded package once, for any number of subjects', () => {
    const subjects = ['a-1-1', 'b-1-1', 'c-1-1'].map((item) => ({ type: 'koji_build', item }))
    const decision = decide({
      product_version: 'x',
      rules,
      excluded_packages: ['*'],
      id: 'mine',
      subject: subjects,
    })
    expect(decision.satisfied_requirements).toEqual(
      ['a-1-1', 'b-1-1', 'c-1-1'].map((subject_identifier) => ({
        ...{ type: 'excluded', subject_identifier, policy: 'mine', source: null },
      })),
    )
  })

  it('apply only to the product version that they name', () => {
    expect(() => decide({ ...body, product_versions: ['rhel-9'] })).toThrow('Found no applicable policies')
  })
})

describe('rules with a validity period', () => {
  const NOW = Date.parse('2024-01-01')
  const built = (creationTime: number | null) => ({
    builds: { [NVR]: { kind: 'found' as const, build: { creationTime, sourceUrl: null } } },
  })
  const summary = (yaml: string, outside: object) =>
    decide(request({ decision_context: 'c' }), outside, { policies: policiesFrom(yaml), now: NOW }).summary
  const SINCE = policyYaml('p', [rule('t', 'valid_since: 2021-10-02')])
  const UNTIL = policyYaml('p', [rule('t', 'valid_until: 2021-10-02')])
  const NONE = 'No tests are required'
  const ONE = 'Of 1 required test, 1 result missing'

  it('hold from the start, inclusive, to the end, exclusive', () => {
    const moment = Date.parse('2021-10-02T00:00:00Z')
    expect([summary(SINCE, built(moment - 1)), summary(SINCE, built(moment))]).toEqual([NONE, ONE])
    expect([summary(UNTIL, built(moment - 1)), summary(UNTIL, built(moment))]).toEqual([ONE, NONE])
  })

  it('use the current time for a build without a creation time', () => {
    expect([summary(SINCE, built(null)), summary(UNTIL, built(null))]).toEqual([ONE, NONE])
  })

  it('with different periods are different rules', () => {
    const both = [rule('t', 'valid_until: 2021-01-01'), rule('t', 'valid_since: 2021-02-01')]
    const built2021 = built(Date.parse('2021-10-01'))
    expect(summary(policyYaml('p', both), built2021)).toBe(ONE)
    expect(summary(policyYaml('p', both.toReversed()), built2021)).toBe(ONE)
  })

  it('require the build to exist', () => {
    expect(() => summary(SINCE, {})).toThrow(
      `Failed to find Koji build for "${NVR}" at "${SETTINGS.kojiBaseUrl}"`,
    )
    const body = request({ decision_context: 'c', subject_identifier: 'foo' })
    const policies = policiesFrom(SINCE)
    expect(() => decide(body, {}, { policies })).toThrow("Invalid NVR format: 'foo'")
    const quoted = { ...body, subject_identifier: "it's" }
    expect(() => decide(quoted, {}, { policies })).toThrow(`Invalid NVR format: "it's"`)
  })

  it('need results only when they are in force', () => {
    const needsAt = (creationTime: number) =>
      rounds(request({ decision_context: 'c' }), built(creationTime), {
        policies: policiesFrom(SINCE),
      }).rounds.map(({ builds, results }) => [builds.length, results.length])
    expect(needsAt(0)).toEqual([[1, 0]])
    expect(needsAt(Date.parse('2023-01-01'))).toMatchObject([
      [1, 0],
      [0, 1],
      [0, 0],
    ])
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
