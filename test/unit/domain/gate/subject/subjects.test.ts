/** Subjects of decisions: how they are made from a request, and what they derive from an identifier (behaviour/greenwave 2). */
import { describe, expect, it } from 'vitest'
import { DecisionError } from '../../../../../src/domain/gate/request/decision-error.ts'
import {
  createSubjectMap,
  describeSubject,
  distSuffixOf,
  itemOf,
  packageNameOf,
  resultQueriesOf,
  subjectKey,
} from '../../../../../src/domain/gate/subject/subject.ts'
import { subjectTypes } from '../../../../../src/domain/gate/subject/subject-type.ts'
import { readSubjectTypes } from '../../../../../src/gate-input/policies/read-subject-types.ts'
import { subjectFromName, subjectFromPairs } from '../../../../../src/gate-input/request/parse-subjects.ts'
import { readYaml } from '../../../../../src/lib/yaml/read.ts'
import { TYPES } from '../../../../support/gate/builders.ts'

const of = (type: string, identifier: string) => subjectFromName(TYPES, type, identifier)

describe('a name-version-release', () => {
  it('is split from the right, however many dashes the name has', () => {
    expect(packageNameOf(of('koji_build', 'a-b-c-d-1-2.el9'))).toBe('a-b-c-d')
    expect(distSuffixOf(of('koji_build', 'a-b-c-d-1-2.el9'))).toBe('el9')
    expect(distSuffixOf(of('koji_build', 'a-1.el9'))).toBeNull()
  })
})

describe('a subject is made', () => {
  const made = (pairs: Record<string, unknown>) => {
    const { type, identifier } = subjectFromPairs(TYPES, pairs)
    return [type.id, identifier]
  }

  it('from the item key of its type rather than from its item', () => {
    expect(made({ type: 'koji_build', original_spec_nvr: 'X', item: 'Y' })).toEqual(['koji_build', 'X'])
    expect(made({ original_spec_nvr: 'X' })).toEqual(['koji_build', 'X'])
    expect(made({ 'productmd.compose.id': 'X' })).toEqual(['compose', 'X'])
    expect(made({ nvr: 'X' })).toEqual(['redhat-container-image', 'X'])
    expect(made({ type: 'koji_build', nvr: 'X', item: 'Y' })).toEqual(['koji_build', 'Y'])
  })

  it('from type and item, where the type may be an alias', () => {
    expect(made({ type: 'brew-build', item: 'X' })).toEqual(['koji_build', 'X'])
    expect(made({ type: 'brew-build', original_spec_nvr: 'X', item: 'Y' })).toEqual(['koji_build', 'Y'])
    expect(made({ type: 'who-knows', item: 'X' })).toEqual(['who-knows', 'X'])
  })

  it.each([
    { item: 'X' },
    {},
    { original_spec_nvr: '' },
    { type: 'koji_build', item: '' },
    { type: '', item: 'x' },
  ])('from nothing else: %j', (pairs) => {
    expect(() => made(pairs)).toThrow(new DecisionError('bad-request', 'Could not detect subject_identifier'))
  })

  it('with an undefined type as a build without a version', () => {
    const { type } = of('who-knows', 'a-1-1')
    expect(type).toMatchObject({
      id: 'who-knows',
      isKojiBuild: true,
      isNvr: false,
      ignoreMissingPolicy: false,
    })
  })

  it('with the first type that has the name', () => {
    const [first, second] = readSubjectTypes(readYaml('id: a\naliases: [x]\n---\nid: x\n')).read
    const { byName } = subjectTypes([first, second].filter((type) => type !== undefined))
    expect(byName.get('x')?.id).toBe('a')
  })

  it('with the type whose item key it has, even if another type has its name', () => {
    const { read } = readSubjectTypes(readYaml('id: image\naliases: [box]\n---\nid: box\nitem_key: digest\n'))
    const types = subjectTypes(read)
    for (const pairs of [{ digest: 'D' }, { digest: 'D', type: 'box' }])
      expect(subjectFromPairs(types, pairs).type.id).toBe('box')
  })
})

describe('a subject', () => {
  it('is shown as type and item, a compose as its id', () => {
    expect(itemOf(of('brew-build', 'a-1-1'))).toEqual({ type: 'koji_build', item: 'a-1-1' })
    expect(itemOf(of('compose', 'C'))).toEqual({ 'productmd.compose.id': 'C' })
  })

  it('is searched by the queries of its type', () => {
    expect(resultQueriesOf(of('koji_build', 'a-1-1'))).toEqual([
      { item: 'a-1-1', type: 'koji_build,brew-build' },
      { original_spec_nvr: 'a-1-1' },
    ])
    expect(resultQueriesOf(of('compose', 'C'))).toEqual([{ 'productmd.compose.id': 'C' }])
    expect(resultQueriesOf(of('other', 'C'))).toEqual([{ type: 'other', item: 'C' }])
  })

  it.each([
    ['a-b-1-2.el9', 'a-b', 'el9'],
    ['a-b', 'a', null],
    ['foo', 'foo', null],
    ['foo-1-1', 'foo', null],
    ['foo-1-1.el8_4', 'foo', 'el8_4'],
    ['foo-1-1.2.el8', 'foo', 'el8'],
    ['', '', null],
  ])('%s has the package %s and the suffix %s', (nvr, name, suffix) => {
    expect([packageNameOf(of('koji_build', nvr)), distSuffixOf(of('koji_build', nvr))]).toEqual([
      name,
      suffix,
    ])
  })

  it('without a name-version-release has neither', () => {
    expect([packageNameOf(of('compose', 'a-1-1.el8')), distSuffixOf(of('compose', 'a-1-1.el8'))]).toEqual([
      null,
      null,
    ])
  })

  it('is named in error texts', () => {
    expect(describeSubject(of('brew-build', 'a-1-1'))).toBe(
      "subject_type 'koji_build', subject_identifier 'a-1-1'",
    )
  })

  it('has a unique key', () => {
    expect(subjectKey(of('a b', 'c'))).not.toBe(subjectKey(of('a', 'b c')))
    expect(subjectKey(of('brew-build', 'c'))).toBe(subjectKey(of('koji_build', 'c')))
  })
})

describe('a map by subject', () => {
  it('distinguishes types and identifiers, and treats equal subjects as one key', () => {
    const map = createSubjectMap<string>()
    map.set(of('koji_build', 'a-1-1'), 'build')
    map.set(of('compose', 'a-1-1'), 'compose')
    map.set(of('koji_build', 'b-1-1'), 'other build')
    expect(map.get(of('brew-build', 'a-1-1'))).toBe('build')
    expect(map.get(of('compose', 'a-1-1'))).toBe('compose')
    expect(map.get(of('compose', 'b-1-1'))).toBeUndefined()
    expect(map.values().toSorted()).toEqual(['build', 'compose', 'other build'])
    map.set(of('compose', 'a-1-1'), 'newer')
    expect(map.get(of('compose', 'a-1-1'))).toBe('newer')
  })
})
