/** Checks whether an image may go out: the state of one decision for every kind of requirement, and the worst of several. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AnswerKind, MEANINGS } from '../../../../../src/domain/gate/judge/answer.ts'
import {
  isUndecided,
  RELEASE_STATES,
  type ReleaseState,
  readReleaseDecision,
  worstOf,
} from '../../../../../src/domain/gate/release/release-state.ts'

const decision = (satisfied: boolean, met: string[], unmet: string[]) => ({
  policies_satisfied: satisfied,
  summary: 'a summary',
  satisfied_requirements: met.map((type) => ({ type, testcase: 't' })),
  unsatisfied_requirements: unmet.map((type) => ({ type, testcase: 't' })),
})

const UNMET: Partial<Record<AnswerKind, ReleaseState>> = {
  missing: 'waiting for tests',
  incomplete: 'waiting for tests',
  failed: 'failed',
  errored: 'failed',
  'file-missing': 'failed',
  'file-failed': 'undecided',
  'file-invalid': 'failed',
}
const unmetKinds = Object.entries(UNMET)

it.each<[string, unknown, boolean]>([
  ['a file could not be fetched', decision(false, [], ['failed-fetch-gating-yaml']), true],
  ['a test failed as well', decision(false, [], ['failed-fetch-gating-yaml', 'test-result-failed']), false],
  ['all is well', decision(true, ['test-result-passed'], []), false],
  ['it cannot be read', { summary: 'a summary' }, true],
])('a decision may change without a message when %s: %s', (_when, made, expected) => {
  expect(isUndecided(made)).toBe(expected)
})

describe('the state at one gate', () => {
  it.each(unmetKinds)('of an image with a requirement that is %s is "%s"', (kind, state) => {
    const { type } = MEANINGS[kind as AnswerKind] // a key of the table
    expect(readReleaseDecision(decision(false, ['test-result-passed'], [type]))).toEqual({
      state,
      summary: 'a summary',
      satisfied: false,
    })
  })

  it('is the worst of several requirements, and "failed" for one that is not known', () => {
    const missing = decision(false, [], ['test-result-missing', 'test-result-failed', 'test-result-missing'])
    expect(readReleaseDecision(missing)?.state).toBe('failed')
    expect(readReleaseDecision(decision(false, [], ['of-the-future', 'test-result-missing']))?.state).toBe(
      'failed',
    )
    expect(readReleaseDecision(decision(false, [], []))?.state).toBe('failed')
  })

  it('is "waived" when a waiver was needed, and else "may go out"', () => {
    expect(
      readReleaseDecision(decision(true, ['test-result-failed-waived', 'test-result-passed'], []))?.state,
    ).toBe('waived')
    expect(readReleaseDecision(decision(true, ['test-result-passed', 'excluded'], []))?.state).toBe(
      'may go out',
    )
    expect(readReleaseDecision(decision(true, [], []))?.state).toBe('may go out')
  })

  it('is not read from a decision of another shape', () => {
    expect(readReleaseDecision({ policies_satisfied: true })).toBeUndefined()
    expect(readReleaseDecision(null)).toBeUndefined()
  })

  it('is never better than that of an unmet requirement', () => {
    const types = fc.array(fc.constantFrom(...Object.values(MEANINGS).map(({ type }) => type)), {
      maxLength: 4,
    })
    const bad = fc.constantFrom(...unmetKinds)
    fc.assert(
      fc.property(types, types, bad, (met, others, [kind, state]) => {
        const unmet = [...others, MEANINGS[kind as AnswerKind].type] // a key of the table
        const found = readReleaseDecision(decision(false, met, unmet))?.state ?? 'may go out'
        expect(RELEASE_STATES.indexOf(found)).toBeLessThanOrEqual(RELEASE_STATES.indexOf(state))
      }),
    )
  })
})

it('the state of an image is the worst of its gates', () => {
  expect(worstOf(['may go out', 'waived', 'no policy applies'])).toBe('no policy applies')
  expect(worstOf(['waiting for tests', 'undecided', 'may go out'])).toBe('undecided')
  expect(worstOf(['undecided', 'failed'])).toBe('failed')
  expect(worstOf([])).toBeUndefined()
})
