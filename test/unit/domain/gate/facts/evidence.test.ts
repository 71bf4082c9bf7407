/** Looks up results that several facts have, whatever their order. */
import { describe, expect, it } from 'vitest'
import { evidenceOf } from '../../../../../src/domain/gate/facts/evidence.ts'
import type { ResultsFact } from '../../../../../src/domain/gate/facts/facts.ts'
import { subjectTypeNamed } from '../../../../../src/domain/gate/subject/subject-type.ts'
import { NVR, result, TYPES } from '../../../../support/gate/builders.ts'

const subject = { type: subjectTypeNamed(TYPES, 'koji_build'), identifier: NVR }
const [first, second, newer] = [result('t', 'PASSED'), result('u', 'FAILED'), result('t', 'FAILED')]
const ofAll: ResultsFact = { need: { subject, testCases: 'all' }, results: [second, first] }
const ofPart: ResultsFact = { need: { subject, testCases: ['t', 'v'] }, results: [newer, first] }

describe('the results of a subject', () => {
  it.each([
    ['all first', [ofAll, ofPart]],
    ['a part first', [ofPart, ofAll]],
  ])('have each result once, with %s', (_order, facts) => {
    const { allResultsOf, resultsOf } = evidenceOf(facts, new Set())
    expect(allResultsOf(subject)).toEqual([second, first, newer])
    expect(resultsOf(subject, 't')).toEqual([first, newer])
    expect(resultsOf(subject, 'u')).toEqual([second])
    expect(resultsOf(subject, 'v')).toEqual([])
  })

  it('are unknown for a test case that no fact is about', () => {
    const { allResultsOf, resultsOf } = evidenceOf([ofPart], new Set())
    expect(allResultsOf(subject)).toBeUndefined()
    expect(resultsOf(subject, 'u')).toBeUndefined()
  })
})
