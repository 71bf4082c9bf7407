import { expect, it } from 'vitest'
import { canMatch } from '../../../../../src/domain/rebuild/discover/rule-language.ts'

it.each<[unknown, string[], boolean]>([
  ['RHSA-.*', ['RHBA-1', 'RHSA-1'], true],
  ['RHSA-.*', ['RHBA-1'], false],
  [['RHEA', 'RHSA'], ['RHSA-1'], true],
  [['RHEA', 'RHBA'], ['RHSA-1'], false],
  ['RHSA', [], false],
  ['(', ['RHSA-1'], true],
  [['RHEA', '('], ['RHSA-1'], true],
  [{}, ['RHSA-1'], true],
])('%j can match one of %j: %s', (written, values, expected) => {
  expect(canMatch(written, values)).toBe(expected)
})
