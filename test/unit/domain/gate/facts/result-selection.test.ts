/** Distributing one joint answer gives every subject what its own queries would have found. */
import { describe, expect, it } from 'vitest'
import { resultKey, type TestResult } from '../../../../../src/domain/gate/facts/facts.ts'
import {
  distributeResults,
  latest,
  newestFirst,
  queriesFor,
} from '../../../../../src/domain/gate/facts/result-selection.ts'
import { subjectFromName } from '../../../../../src/gate-input/request/parse-subjects.ts'
import { DISTINCT_ON, result, TYPES } from '../../../../support/gate/builders.ts'

const need = (identifier: string, testCases: string[] | 'all' = 'all', type = 'koji_build') => ({
  subject: subjectFromName(TYPES, type, identifier),
  testCases,
})

/** The ids of the results that each need gets from one joint answer. */
function shares(needs: ReturnType<typeof need>[], results: TestResult[]): (number | null)[][] {
  const queries = needs.map(queriesFor)
  const found = distributeResults(queries.flat(), results, DISTINCT_ON)
  return queries.map((parts) => parts.flatMap((query) => found.get(query) ?? []).map(({ id }) => id))
}

describe('a joint answer', () => {
  it('gives results to their subjects, for the requested tests only', () => {
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

  it('lists the results of the first query before those of the second', () => {
    const results = [
      result('t', 'PASSED', { id: 1, nvr: 'a-1-1' }),
      result('t', 'FAILED', { id: 2, nvr: 'a-1-1', key: 'original_spec_nvr' }),
    ]
    expect(shares([need('a-1-1')], results)).toEqual([[1, 2]])
  })

  it('gives the newest result under any name of a type', () => {
    const results = [
      result('t', 'PASSED', { id: 1, nvr: 'a-1-1', type: 'brew-build' }),
      result('t', 'FAILED', { id: 2, nvr: 'a-1-1', type: 'koji_build' }),
    ]
    expect(shares([need('a-1-1')], results)).toEqual([[2]])
  })

  it('to a single query is used unchanged, except for other tests', () => {
    const bare = (id: number, testCase: string) => ({ ...result(testCase, 'FAILED', { id }), data: {} })
    const came = [bare(1, 't'), bare(3, 'u'), bare(2, 't')]
    const compose = (testCases: string[] | 'all') => need('RHEL-9.1', testCases, 'compose')
    expect(shares([compose(['t'])], came)).toEqual([[1, 2]])
    expect(shares([compose('all')], came)).toEqual([[1, 3, 2]])
    expect(shares([compose('all'), need('a-1-1')], came)).toEqual([[], []])
  })
})

describe('results that cannot be read', () => {
  const odd = (id: number, unknown: 'testCase' | 'data', nvr = 'a-1-1'): TestResult => {
    const of = result('t', 'PASSED', { id, nvr })
    const fault = { reason: 'cannot be read', unknown: new Set([unknown]) }
    return unknown === 'data' ? { ...of, data: {}, fault } : { ...of, testCase: '', fault }
  }

  it('are given to every subject that they may be about, whatever test case it needs', () => {
    const needs = [need('a-1-1', ['u']), need('b-1-1', ['t'])]
    expect(shares(needs, [odd(1, 'testCase')])).toEqual([[1], []])
    const [ofA, ofB] = shares(
      needs.map(({ subject }) => ({ subject, testCases: ['t'] })),
      [odd(2, 'data')],
    )
    expect([new Set(ofA), new Set(ofB)]).toEqual([new Set([2]), new Set([2])])
  })
})

describe('the order of results', () => {
  it('is that of their times, then that of their ids, the newest first', () => {
    const at = (id: number | null, submitTime: string) => ({ ...result('t', 'PASSED'), id, submitTime })
    const [old, late, later, unknown] = [
      at(9, '2026-01-01T00:00:00'),
      at(1, '2026-01-02T00:00:00'),
      at(2, '2026-01-02T00:00:00'),
      at(null, '2026-01-02T00:00:00'),
    ]
    for (const given of [
      [old, late, unknown, later],
      [later, unknown, late, old],
    ])
      expect(given.toSorted(newestFirst)).toEqual([later, late, unknown, old])
  })

  it('needs a key of each result: its id, a digest of its record, or itself', () => {
    const fault = (record?: string) => ({ reason: 'odd', unknown: new Set<never>(), record })
    expect(resultKey({ ...result('t', 'PASSED', { id: 7 }), fault: fault('digest') })).toBe(7)
    expect(resultKey({ ...result('t', 'PASSED'), id: null, fault: fault('digest') })).toBe('digest')
    const bare = { ...result('t', 'PASSED'), id: null, fault: fault() }
    expect(resultKey(bare)).toBe(bare)
    const readable = { ...result('t', 'PASSED'), id: null, fault: null }
    expect(resultKey(readable)).toBe(readable)
  })
})

describe('the latest results', () => {
  it('include one for each test case and combination of values', () => {
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

  it('include older ones with a value that only they have', () => {
    const both = result('t', 'PASSED', { id: 1, data: { scenario: ['a', 'b'] } })
    const single = result('t', 'PASSED', { id: 2, data: { scenario: ['a'] } })
    expect(latest([both, single], DISTINCT_ON).map(({ id }) => id)).toEqual([2, 1])
  })

  it('are determined by time, and by id for equal times', () => {
    const at = (id: number, time: string) => result('t', 'PASSED', { id, at: time })
    const times = [
      at(9, '2021-01-01T00:00:00'),
      at(1, '2021-01-01T00:00:00.000001'),
      at(2, '2021-01-01T00:00:00.000001'),
    ]
    expect(latest(times, DISTINCT_ON).map(({ id }) => id)).toEqual([2])
  })
})
