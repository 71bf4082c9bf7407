/** Random results: one joint answer gives each subject what its own queries would have found. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  distributeResults,
  latest,
  matches,
  queriesFor,
} from '../../../../../src/domain/gate/facts/result-selection.ts'
import { resultQueriesOf } from '../../../../../src/domain/gate/subject/subject.ts'
import { subjectFromName } from '../../../../../src/gate-input/request/parse-subjects.ts'
import { DISTINCT_ON, result, TYPES } from '../../../../support/gate/builders.ts'

describe('a joint answer', () => {
  const row = fc.record({
    testCase: fc.constantFrom('t', 'u'),
    item: fc.subarray(['a-1-1', 'b-1-1'], { minLength: 1 }),
    spec: fc.subarray(['a-1-1', 'b-1-1']),
    type: fc.constantFrom('koji_build', 'brew-build', 'compose'),
    scenario: fc.subarray(['x', 'y']),
    second: fc.nat(3),
  })
  const results = fc.array(row, { maxLength: 15 }).map((rows) =>
    rows.map(({ testCase, item, spec, type, scenario, second }, index) => {
      const data = { item, original_spec_nvr: spec, scenario }
      return result(testCase, 'PASSED', { id: index + 1, type, at: `2021-01-01T00:00:0${second}`, data })
    }),
  )
  const needs = ['a-1-1', 'b-1-1'].map((name) => ({
    subject: subjectFromName(TYPES, 'koji_build', name),
    testCases: ['t'],
  }))

  it('gives each subject what its own queries would have found', () => {
    fc.assert(
      fc.property(results, (stored) => {
        const single = needs.map(({ subject }) =>
          resultQueriesOf(subject).flatMap((query) =>
            latest(
              stored.filter((item) => item.testCase === 't' && matches(item, query)),
              DISTINCT_ON,
            ),
          ),
        )
        // What the database returns for one query about all subjects, with their distinguishing keys in `_distinct_on`.
        const joint = ['item', 'original_spec_nvr'].flatMap((key) =>
          latest(
            stored.filter((item) => item.data[key]?.length),
            [...DISTINCT_ON, key, 'type'],
          ),
        )
        const queries = needs.map(queriesFor)
        const found = distributeResults(queries.flat(), joint, DISTINCT_ON)
        const parted = queries.map((parts) => parts.flatMap((query) => found.get(query) ?? []))
        expect(parted.map((list) => list.map(({ id }) => id))).toEqual(
          single.map((list) => list.map(({ id }) => id)),
        )
      }),
      { numRuns: 1000 },
    )
  })
})
