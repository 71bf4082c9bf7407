/** Which of the facts of now already held before a submission. */
import { describe, expect, it } from 'vitest'
import { factsAsOf, whenOf } from '../../../../../src/domain/gate/change/as-of.ts'
import { NO_FACTS, type ResultFault, type TestResult } from '../../../../../src/domain/gate/facts/facts.ts'
import { subjectFromName } from '../../../../../src/gate-input/request/parse-subjects.ts'
import { NVR, result, TYPES, waiver } from '../../../../support/gate/builders.ts'

const WHEN = '2026-01-01T00:00:00.500000'
const subject = subjectFromName(TYPES, 'koji_build', NVR)
const at = (
  testCase: string,
  submitTime: string,
  unknown: ('testCase' | 'submitTime')[] = [],
): TestResult => {
  const fault: ResultFault = { reason: 'cannot be read', unknown: new Set(unknown) }
  return { ...result(testCase, 'PASSED'), submitTime, fault: unknown.length > 0 ? fault : null }
}
const EARLY = at('early', '2026-01-01T00:00:00')
const SAME = at('same', WHEN)
const LATE = at('late', '2026-01-01T00:00:00.500001')

/** The test cases and results that are kept of one fact; null: the fact is left out. */
function kept(testCases: string[] | 'all', results: TestResult[]) {
  const { results: facts } = factsAsOf(
    { ...NO_FACTS, results: [{ need: { subject, testCases }, results }] },
    WHEN,
  )
  const [fact] = facts
  return fact ? [fact.need.testCases, fact.results] : null
}

describe('a moment', () => {
  it.each([
    [1_767_225_600_000_000, '2026-01-01T00:00:00.000000'],
    [1_767_225_600_500_001, '2026-01-01T00:00:00.500001'],
  ])('%d microseconds is %s', (us, text) => {
    expect(whenOf(us)).toBe(text)
  })
})

describe('the facts before a submission', () => {
  it('leave out test cases with a later result, and keep those without any', () => {
    expect(kept(['early', 'same', 'late', 'none'], [EARLY, SAME, LATE])).toEqual([
      ['early', 'same', 'none'],
      [EARLY, SAME],
    ])
    expect(kept(['late'], [LATE])).toBeNull()
  })

  it('leave out a test case with an earlier result beside a later one', () => {
    expect(kept(['late', 'early'], [LATE, { ...LATE, submitTime: EARLY.submitTime }, EARLY])).toEqual([
      ['early'],
      [EARLY],
    ])
  })

  it('leave out results whose time is not known', () => {
    const odd = at('odd', EARLY.submitTime, ['submitTime'])
    expect(kept(['early', 'odd', 'timeless'], [EARLY, odd, at('timeless', '')])).toEqual([['early'], [EARLY]])
  })

  it('have nothing of all test cases, or beside a result whose test case is not known', () => {
    expect(kept('all', [EARLY])).toBeNull()
    expect(kept(['early'], [EARLY, at('', EARLY.submitTime, ['testCase'])])).toBeNull()
  })

  it('have builds and files, but no waivers', () => {
    const facts = {
      ...NO_FACTS,
      builds: new Map([[NVR, { kind: 'absent' } as const]]),
      waivers: [waiver('t')],
    }
    expect(factsAsOf(facts, WHEN)).toEqual({ ...facts, waivers: null })
  })
})
