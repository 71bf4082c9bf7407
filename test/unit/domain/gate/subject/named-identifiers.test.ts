import { expect, it } from 'vitest'
import {
  namedIdentifiers,
  subjectsOfResult,
} from '../../../../../src/domain/gate/subject/named-identifiers.ts'
import { TYPES } from '../../../../support/gate/builders.ts'

it.each([
  [{ item: 'a-1-1', type: 'koji_build' }, ['a-1-1']],
  [{ item: 'a-1-1', original_spec_nvr: 'b-1-1' }, ['a-1-1', 'b-1-1']],
  [{ nvr: ['a-1-1', 'b-1-1'], item: 'a-1-1' }, ['a-1-1', 'b-1-1']],
  [{ 'productmd.compose.id': 'C-1', type: 'compose' }, ['C-1']],
  [{ item: 7 }, ['7']],
  [{ item: ['', null, { a: 1 }, true], nvr: 'x'.repeat(9000), other: 'b-1-1' }, []],
])('the identifiers that %j names are %j', (pairs, identifiers) => {
  expect(namedIdentifiers(TYPES, pairs)).toEqual(identifiers)
})

it('identifiers are found under keys that only a query of a type names', () => {
  const [type] = TYPES.all
  const query = { itemKey: 'digest', keys: null }
  const all = type
    ? [{ ...type, itemKey: null, itemDict: query, resultQueries: [{ ...query, itemKey: 'sum' }] }]
    : []
  expect(namedIdentifiers({ all }, { digest: 'a', sum: 'b', nvr: 'c' })).toEqual(['a', 'b'])
})

it.each<[pairs: object, subjects: string[]]>([
  [{ item: 'a-1-1', type: 'koji_build' }, ['koji_build a-1-1', 'redhat-container-image a-1-1']],
  [{ item: 'a-1-1', type: 'brew-build' }, ['koji_build a-1-1']],
  [{ item: 'a-1-1', type: 'bodhi_update' }, ['bodhi_update a-1-1']],
  [{ nvr: 'a-1-1', type: ['x', 'redhat-container-image'] }, ['redhat-container-image a-1-1']],
  [
    { item: 'a-1-1', type: 'koji_build', original_spec_nvr: 'b-1-1' },
    ['koji_build a-1-1', 'redhat-container-image a-1-1', 'koji_build b-1-1'],
  ],
  [{ item: 'a-1-1' }, []],
])('a result with %j counts for %j', (pairs, subjects) => {
  const found = subjectsOfResult(TYPES, { ...pairs })
  expect(found.map(({ type, identifier }) => `${type.id} ${identifier}`)).toEqual(subjects)
})
