/** Requests for decisions that are valid: what is read in them, and what counts as not set (behaviour/greenwave 3.1). */
import { describe, expect, it } from 'vitest'
import { decide, NVR, request } from '../../../support/gate/builders.ts'
import { bySubject, onDemand, parse, refusal } from '../../../support/gate/requests.ts'

describe('a valid request', () => {
  it('is parsed with its defaults', () => {
    const { subjects, ...rest } = parse(request())
    expect(subjects.map(({ type, identifier }) => [type.id, identifier])).toEqual([['koji_build', NVR]])
    expect(rest).toEqual({
      productVersion: 'fedora-26',
      contexts: ['bodhi_update_push_stable'],
      malformedSubject: null,
      verbose: false,
      explain: false,
      ignoredResults: new Set(),
      ignoredWaivers: new Set(),
      when: null,
      onDemand: null,
    })
  })

  it('may have the ids to ignore as text, as CI Board sends them, or null', () => {
    const { ignoredResults, ignoredWaivers } = parse(
      request({ ignore_result: ['7', 8], ignore_waiver: null }),
    )
    expect([...ignoredResults]).toEqual([7, 8])
    expect(ignoredWaivers.size).toBe(0)
  })

  it('uses its list of subjects rather than the single one', () => {
    const body = request({ subject: [{ type: 'compose', item: 'C' }], subject_identifier: 5 })
    expect(parse(body).subjects.map(({ identifier }) => identifier)).toEqual(['C'])
  })

  it('may have times and flags in its rules', () => {
    const rules = [
      { type: 'PassingTestCaseRule', test_case_name: 't', scenario: null, valid_since: '2021-10-02' },
      { type: 'RemoteRule', required: true },
    ]
    expect(parse(onDemand({ rules })).onDemand?.rules).toMatchObject([
      { testCaseName: 't', scenario: null, validSince: Date.UTC(2021, 9, 2), validUntil: null },
      { required: true, sources: [] },
    ])
  })

  it('may have texts, numbers and booleans in its rules', () => {
    const rules = [5, true, 'x'].map((test_case_name) => ({ type: 'PassingTestCaseRule', test_case_name }))
    const names = parse(onDemand({ rules })).onDemand?.rules.map(
      (rule) => 'testCaseName' in rule && rule.testCaseName,
    )
    expect(names).toEqual(['5', 'True', 'x'])
  })

  it('makes one policy of its rules, however many subjects it has', () => {
    const { onDemand: policy } = parse(
      onDemand({ packages: ['a*'], decision_context: [], subject_types: ['x'], relevance_key: 'k' }),
    )
    expect(policy).toMatchObject({
      id: 'on-demand-policy',
      kind: 'on-demand',
      decisionContext: 'on-demand-policy',
    })
    expect(policy?.productVersions.patterns).toEqual(['fedora-26'])
    expect(policy?.packages.patterns).toEqual(['a*'])
  })

  it('keeps long test names complete', () => {
    const test_case_name = `${'t'.repeat(250)}1`
    const rules = [{ type: 'PassingTestCaseRule', test_case_name, scenario: 's'.repeat(250) }]
    const { onDemand: policy } = parse(onDemand({ id: 'i'.repeat(250), rules }))
    expect(policy).toMatchObject({
      id: 'i'.repeat(250),
      rules: [{ testCaseName: test_case_name, scenario: 's'.repeat(250) }],
    })
  })

  it('ignores the keys that every JavaScript object inherits', () => {
    const body = JSON.parse(`{"__proto__":{"decision_context":"c"},"product_version":"x","rules":[]}`)
    expect(refusal(() => parse(body)).message).toBe('Either decision_context or rules is required.')
    const subject = JSON.parse(`[{"__proto__":{"item":"x","type":"y"}}]`)
    expect(refusal(() => decide(bySubject(subject))).message).toBe('Could not detect subject_identifier')
  })
})

it('finds no policy for an unknown decision context', () => {
  const error = refusal(() => decide(request({ decision_context: 'bodhi_push_update' })))
  const message =
    'Found no applicable policies for koji_build subjects at gating point(s) bodhi_push_update in fedora-26'
  expect(error).toEqual({ kind: 'not-found', message })
  const several = refusal(() => decide(request({ decision_context: ['a', 'b'], subject_type: 'brew-build' })))
  expect(several.message).toBe(
    'Found no applicable policies for koji_build subjects at gating point(s) a b in fedora-26',
  )
})
