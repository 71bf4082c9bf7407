/** Decisions by rules in the request, and by rules with a validity period (behaviour/greenwave 3.4 to 3.12). */
import { describe, expect, it } from 'vitest'
import {
  decide,
  NVR,
  policiesFrom,
  policyYaml,
  request,
  result,
  rounds,
  test as rule,
  SETTINGS,
} from '../../../support/gate/builders.ts'

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
