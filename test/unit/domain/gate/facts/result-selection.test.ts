/** One joint answer of the results database gives every subject what its own queries would have found. */
import { describe, expect, it } from 'vitest'
import type { TestResult } from '../../../../../src/domain/gate/facts/facts.ts'
import {
  distributeResults,
  latest,
  queriesFor,
} from '../../../../../src/domain/gate/facts/result-selection.ts'
import { subjectFromName } from '../../../../../src/gate-input/request/parse-subjects.ts'
import { DISTINCT_ON, result, TYPES } from '../../../../support/gate-builders.ts'

const need = (identifier: string, testCases: string[] | 'all' = 'all', type = 'koji_build') => ({
  subject: subjectFromName(TYPES, type, identifier),
  testCases,
})

/** The ids that each need gets out of one answer to all of them. */
function shares(needs: ReturnType<typeof need>[], results: TestResult[]): number[][] {
  const asked = needs.map(queriesFor)
  const found = distributeResults(asked.flat(), results, DISTINCT_ON)
  return asked.map((own) => own.flatMap((query) => found.get(query) ?? []).map(({ id }) => id))
}

describe('results', () => {
  it('go to the subjects that they are about, for the tests that were asked for', () => {
    const results = [
      result('t', 'PASSED', { id: 1, nvr: 'a-1-1' }),
      result('t', 'PASSED', { id: 2, nvr: 'b-1-1', type: 'brew-build' }),
      result('u', 'PASSED', { id: 3, nvr: 'a-1-1' }),
      result('t', 'PASSED', { id: 4, nvr: 'a-1-1', type: 'compose' }),
    ]
    const needs = [need('a-1-1', ['t']), need('b-1-1'), need('a-1-1', 'all', 'compose'), need('c-1-1')]
    expect(shares(needs, results)).toEqual([[1], [2], [], []])
    expect(shares([need('a-1-1')], results)).toEqual([[3, 1]])
  })

  it('are those of the first query, then those of the second', () => {
    const results = [
      result('t', 'PASSED', { id: 1, nvr: 'a-1-1' }),
      result('t', 'FAILED', { id: 2, nvr: 'a-1-1', key: 'original_spec_nvr' }),
    ]
    expect(shares([need('a-1-1')], results)).toEqual([[1, 2]])
  })

  it('are the newest of either name of a type', () => {
    const results = [
      result('t', 'PASSED', { id: 1, nvr: 'a-1-1', type: 'brew-build' }),
      result('t', 'FAILED', { id: 2, nvr: 'a-1-1', type: 'koji_build' }),
    ]
    expect(shares([need('a-1-1')], results)).toEqual([[2]])
  })

  it('that answer one query alone are taken as they came, but only those of its tests', () => {
    const bare = (id: number, testCase: string) => ({ ...result(testCase, 'FAILED', { id }), data: {} })
    const came = [bare(1, 't'), bare(3, 'u'), bare(2, 't')]
    const compose = (testCases: string[] | 'all') => need('RHEL-9.1', testCases, 'compose')
    expect(shares([compose(['t'])], came)).toEqual([[1, 2]])
    expect(shares([compose('all')], came)).toEqual([[1, 3, 2]])
    expect(shares([compose('all'), need('a-1-1')], came)).toEqual([[], []])
  })
})

describe('the latest results', () => {
  it('are one for each test case and combination of values', () => {
    const on = (id: number, arch?: string) =>
      result('t', 'PASSED', { id, data: arch ? { system_architecture: [arch] } : {} })
    const results = [
      on(1, 'x86_64'),
      on(2, 's390x'),
      on(3, 'x86_64'),
      on(4),
      on(5),
      result('u', 'PASSED', { id: 6 }),
    ]
    expect(latest(results, DISTINCT_ON).map(({ id }) => id)).toEqual([6, 5, 3, 2])
    expect(latest(results, []).map(({ id }) => id)).toEqual([6, 5])
  })

  it('may be older ones for a value that only they have', () => {
    const both = result('t', 'PASSED', { id: 1, data: { scenario: ['a', 'b'] } })
    const one = result('t', 'PASSED', { id: 2, data: { scenario: ['a'] } })
    expect(latest([both, one], DISTINCT_ON).map(({ id }) => id)).toEqual([2, 1])
  })

  it('are told by time, and by id where times are equal', () => {
    const at = (id: number, time: string) => result('t', 'PASSED', { id, at: time })
    const times = [
      at(9, '2021-01-01T00:00:00'),
      at(1, '2021-01-01T00:00:00.000001'),
      at(2, '2021-01-01T00:00:00.000001'),
    ]
    expect(latest(times, DISTINCT_ON).map(({ id }) => id)).toEqual([2])
  })
})
