/** The summary sentence of a decision (behaviour/greenwave 3.11). */
import { describe, expect, it } from 'vitest'
import type { Answer, AnswerKind } from '../../../../../src/domain/gate/judge/answer.ts'
import { summarize } from '../../../../../src/domain/gate/judge/summary.ts'
import { subjectTypeNamed } from '../../../../../src/domain/gate/subject/subject-type.ts'
import { TYPES } from '../../../../support/gate/builders.ts'

const subject = { type: subjectTypeNamed(TYPES, 'koji_build'), identifier: 'a-1-1' }

/** Answers of these kinds, without the fields that a summary does not read. */
function answers(kinds: AnswerKind[], waiverId: number | null = null): Answer[] {
  return kinds.map((kind) => ({ kind, subject, waiverId }) as unknown as Answer)
}

describe('the summary', () => {
  const cases: [AnswerKind[], string][] = [
    [[], 'No tests are required'],
    [['excluded', 'file-fetched'], 'No tests are required'],
    [['passed', 'passed', 'passed'], 'All required tests (3 total) have passed or been waived'],
    [['missing'], 'Of 1 required test, 1 result missing'],
    [['failed', 'passed'], 'Of 2 required tests, 1 test failed'],
    [['failed', 'missing', 'missing'], 'Of 3 required tests, 2 results missing, 1 test failed'],
    [
      ['missing', 'errored', 'errored', 'failed', 'passed'],
      'Of 5 required tests, 1 result missing, 2 tests errored, 1 test failed',
    ],
    [['incomplete'], 'Of 1 required test, 1 test incomplete'],
    [['missing', 'incomplete', 'missing'], 'Of 3 required tests, 2 results missing, 1 test incomplete'],
    [
      ['incomplete', 'failed', 'errored', 'missing'],
      'Of 4 required tests, 1 result missing, 1 test errored, 1 test failed, 1 test incomplete',
    ],
    [['file-invalid'], '1 error due to invalid remote rule file'],
    [['file-missing', 'passed'], '1 error due to missing remote rule file'],
    [['file-failed', 'file-failed'], '2 errors while trying to fetch remote rule file'],
    [
      ['file-failed', 'file-missing', 'file-invalid'],
      '1 error due to invalid remote rule file, 1 error due to missing remote rule file, 1 error while trying to fetch remote rule file',
    ],
    [
      ['file-invalid', 'missing', 'passed'],
      '1 error due to invalid remote rule file. Of 2 required tests, 1 result missing',
    ],
  ]
  it.each(cases)('of %j', (kinds, text) => {
    expect(summarize(answers(kinds))).toBe(text)
  })

  it('counts waived tests as required, and not as unmet', () => {
    const waived = answers(['failed', 'missing'], 5)
    expect(summarize(waived)).toBe('All required tests (2 total) have passed or been waived')
    expect(summarize([...waived, ...answers(['failed'])])).toBe('Of 3 required tests, 1 test failed')
  })
})
