/** Checks which requirements a waiver lifts (behaviour/greenwave 3.9, 3.10; case A16). */
import { describe, expect, it } from 'vitest'
import type { Answer } from '../../../../../src/domain/gate/judge/answer.ts'
import { waive } from '../../../../../src/domain/gate/judge/waive.ts'
import { subjectTypeNamed } from '../../../../../src/domain/gate/subject/subject-type.ts'
import {
  CRITICAL,
  decide,
  NO_TRIPLET,
  NVR,
  policiesFrom,
  policyYaml,
  request,
  result,
  test as rule,
  TYPES,
  waiver,
} from '../../../../support/gate/builders.ts'

const OTHERS = CRITICAL.slice(1).map((name) => result(name, 'PASSED'))
const subject = { subject_type: 'koji_build', subject_identifier: NVR }

describe('waivers as of a time', () => {
  const asOf = request({ when: '2026-01-01T00:00:00.000000' })
  const [name = ''] = CRITICAL
  const of = (id: number, productVersion = 'fedora-26', waived = true) =>
    waiver(name, { id, productVersion, waived })
  const satisfied = (waivers: ReturnType<typeof waiver>[], body = asOf) =>
    decide(body, { results: OTHERS, waivers }).policies_satisfied

  it('are replaced by later ones of their kind, for whatever product version these are', () => {
    expect(satisfied([of(1)])).toBe(true)
    expect(satisfied([of(1), of(2, 'fedora-27')])).toBe(false)
    expect(satisfied([of(2, 'fedora-27'), of(1)])).toBe(false)
    expect(satisfied([of(2), of(1, 'fedora-27')])).toBe(true)
    expect(satisfied([of(1), of(2, 'fedora-26', false)])).toBe(false)
  })

  it('are not replaced by those of other tests', () => {
    const [, second = ''] = CRITICAL
    const waivers = [of(1), waiver(second, { id: 2 })]
    const results = CRITICAL.slice(2).map((testCase) => result(testCase, 'PASSED'))
    expect(decide(asOf, { results, waivers }).policies_satisfied).toBe(true)
  })

  it('are not replaced without a time: the service sends those of the product version alone', () => {
    expect(satisfied([of(1), of(2, 'fedora-27')], request())).toBe(true)
  })
})

describe('a waiver', () => {
  it('lifts a failed test', () => {
    const results = [...OTHERS, result('dist.abicheck', 'FAILED', { id: 7 })]
    const decision = decide(request(), { results, waivers: [waiver('dist.abicheck', { id: 5 })] })
    expect(decision.summary).toBe('All required tests (3 total) have passed or been waived')
    expect(decision.unsatisfied_requirements).toEqual([])
    expect(decision.satisfied_requirements[0]).toEqual({
      ...{ type: 'test-result-failed-waived', testcase: 'dist.abicheck', ...subject },
      ...{ result_id: 7, source: null, waiver_id: 5, ...NO_TRIPLET },
    })
  })

  it.each([
    ['FAILED', 'test-result-failed-waived', []],
    ['QUEUED', 'test-result-missing-waived', []],
    ['ERROR', 'test-result-errored-waived', ['error_reason']],
  ])('of a test that is %s leaves a requirement marked as waived', (outcome, type, more) => {
    const results = [...OTHERS, result('dist.abicheck', outcome)]
    const [first] = decide(request(), { results, waivers: [waiver('dist.abicheck')] }).satisfied_requirements
    expect(first?.type).toBe(type)
    const keys = [
      'result_id',
      'scenario',
      'source',
      'subject_identifier',
      'subject_type',
      'system_architecture',
    ]
    expect(Object.keys(first ?? {}).sort()).toEqual(
      [...keys, 'system_variant', 'testcase', 'type', 'waiver_id', ...more].sort(),
    )
  })

  it('lifts a test without a result', () => {
    const [first] = decide(request(), {
      results: OTHERS,
      waivers: [waiver('dist.abicheck', { id: 5 })],
    }).satisfied_requirements
    expect(first).toEqual({
      ...{ type: 'test-result-missing-waived', testcase: 'dist.abicheck', ...subject },
      ...{ scenario: null, source: null, waiver_id: 5 },
    })
  })

  it('may name the type by an alias', () => {
    const waivers = [waiver('dist.abicheck', { subjectType: 'brew-build' })]
    expect(decide(request(), { results: OTHERS, waivers }).policies_satisfied).toBe(true)
  })

  it.each([
    ['another test', waiver('dist.other')],
    ['another subject', waiver('dist.abicheck', { subjectIdentifier: 'other-1-1' })],
    ['another type', waiver('dist.abicheck', { subjectType: 'compose' })],
    ['another scenario', waiver('dist.abicheck', { scenario: 's' })],
    ['nothing, being taken back', waiver('dist.abicheck', { waived: false })],
  ])('of %s lifts nothing', (_, unrelated) => {
    expect(decide(request(), { results: OTHERS, waivers: [unrelated] }).policies_satisfied).toBe(false)
  })

  it('lifts nothing of a subject with the same name and another type', () => {
    const policies = policiesFrom(
      policyYaml('p', [rule('t')], { subject_type: 'null', subject_types: '[koji_build, x]' }),
    )
    const subject = ['koji_build', 'x'].map((type) => ({ type, item: NVR }))
    const body = { ...request({ decision_context: 'c' }), subject }
    const decision = decide(body, { waivers: [waiver('t', { subjectType: 'x' })] }, { policies })
    expect(decision.unsatisfied_requirements).toMatchObject([{ subject_type: 'koji_build' }])
    expect(decision.satisfied_requirements).toMatchObject([{ subject_type: 'x' }])
  })

  it('that applies is the newest one', () => {
    const waivers = [3, 9, 5].map((id) => waiver('dist.abicheck', { id }))
    const all = [...waivers, waiver('dist.abicheck', { id: 11, scenario: 'other' })]
    const [first] = decide(request(), { results: OTHERS, waivers: all }).satisfied_requirements
    expect(first).toMatchObject({ waiver_id: 9 })
  })

  it('that applies is the newest by time, then by id, and one without a readable time comes last', () => {
    const times = new Map([
      [3, 200],
      [5, 200],
      [9, 100],
      [11, null],
    ])
    const waivers = [...times].map(([id, createdAt]) => waiver('dist.abicheck', { id, createdAt }))
    for (const order of [waivers, waivers.toReversed()]) {
      const [first] = decide(request(), { results: OTHERS, waivers: order }).satisfied_requirements
      expect(first).toMatchObject({ waiver_id: 5 })
    }
  })
})

describe('with scenarios', () => {
  const policies = policiesFrom(policyYaml('p', [rule('t', 'scenario: one'), rule('t', 'scenario: two')]))
  const unmet = (scenario: string | null) => {
    const results = [result('t', 'FAILED', { scenario: 'one' })]
    const waivers = [waiver('t', { scenario })]
    const decision = decide(request({ decision_context: 'c' }), { results, waivers }, { policies })
    return decision.unsatisfied_requirements.map((requirement) => requirement.scenario)
  }

  it('a waiver for one of them lifts that one', () => {
    expect(unmet('one')).toEqual(['two'])
    expect(unmet('two')).toEqual(['one'])
  })

  it('a waiver without scenario lifts all', () => {
    expect(unmet(null)).toEqual([])
    expect(unmet('')).toEqual([])
  })

  it('the newest counts, whether it is for the scenario or for all', () => {
    const both = (ofOne: number, ofAll: number) => {
      const results = [result('t', 'FAILED', { scenario: 'one' }), result('t', 'PASSED', { scenario: 'two' })]
      const waivers = [waiver('t', { id: ofAll }), waiver('t', { id: ofOne, scenario: 'one' })]
      const decision = decide(request({ decision_context: 'c' }), { results, waivers }, { policies })
      return decision.satisfied_requirements.flatMap((requirement) => requirement['waiver_id'] ?? [])
    }
    expect(both(2, 1)).toEqual([2])
    expect(both(1, 2)).toEqual([2])
  })

  it('each requirement is compared with a few waivers, however many there are for other scenarios', () => {
    let comparisons = 0
    const scenarios = Array.from({ length: 300 }, (_, index) => `s${index}`)
    const waivers = scenarios.map((scenario, index) => ({
      ...waiver('t', { id: index, scenario }),
      get subjectType() {
        comparisons += 1
        return 'koji_build'
      },
    }))
    const answers = scenarios.map((scenario): Answer => {
      const about = { subject: { type: subjectTypeNamed(TYPES, 'koji_build'), identifier: NVR }, scenario }
      return { kind: 'missing', ...about, testCase: 't', source: null, waiverId: null }
    })
    const waived = waive(answers, waivers).map((answer) => 'waiverId' in answer && answer.waiverId)
    expect(waived).toEqual(scenarios.map((_, index) => index))
    expect(comparisons).toBe(300)
  })
})
