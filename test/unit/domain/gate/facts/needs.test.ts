/** The needs of several decisions, fetched together. */
import { describe, expect, it } from 'vitest'
import { createMissingFacts, isSettled, mergeNeeds } from '../../../../../src/domain/gate/facts/needs.ts'
import { subjectFromName } from '../../../../../src/gate-input/request/parse-subjects.ts'
import { TYPES } from '../../../../support/gate/builders.ts'

const subject = subjectFromName(TYPES, 'koji_build', 'a-1-1')
const other = subjectFromName(TYPES, 'koji_build', 'b-1-1')

function needs(...testCases: string[]) {
  const missing = createMissingFacts()
  for (const testCase of testCases) missing.result(subject, testCase)
  missing.build('a-1-1')
  missing.file(['https://one', 'https://two'])
  const filter = { subjectType: 'koji_build', subjectIdentifier: 'a-1-1', productVersion: 'v', testCase: 't' }
  return { ...missing.needs('2026-01-01T00:00:00'), waivers: [filter] }
}

describe('united needs', () => {
  it('have everything once', () => {
    const all = createMissingFacts()
    all.allResults(other)
    const united = mergeNeeds([needs('t', 'u'), needs('u', 'v'), all.needs('2026-01-01T00:00:00')])
    expect(united).toEqual({
      ...needs('t', 'u', 'v'),
      results: [
        { subject, testCases: ['t', 'u', 'v'] },
        { subject: other, testCases: 'all' },
      ],
    })
    expect(isSettled(united)).toBe(false)
  })

  it('are settled without any', () => {
    expect(mergeNeeds([])).toEqual({ ...createMissingFacts().needs(null), waivers: [], since: null })
    expect(isSettled(mergeNeeds([]))).toBe(true)
  })
})
