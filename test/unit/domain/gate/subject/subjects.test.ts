/** Subject types, and what they derive from an identifier (behaviour/greenwave 2). */
import { describe, expect, it } from 'vitest'
import { DecisionError } from '../../../../../src/domain/gate/request/decision-error.ts'
import {
  guessFrom,
  guessProductVersions,
  needsBuildTarget,
  productVersionsOf,
} from '../../../../../src/domain/gate/subject/product-version.ts'
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
import { subjectTypeJson } from '../../../../../src/present/gate/subject-type.ts'
import { TYPES } from '../../../../support/gate/builders.ts'

const of = (type: string, identifier: string) => subjectFromName(TYPES, type, identifier)

describe('a name-version-release', () => {
  it('is split from the right, however many dashes the name has', () => {
    expect(packageNameOf(of('koji_build', 'a-b-c-d-1-2.el9'))).toBe('a-b-c-d')
    expect(distSuffixOf(of('koji_build', 'a-b-c-d-1-2.el9'))).toBe('el9')
    expect(distSuffixOf(of('koji_build', 'a-1.el9'))).toBeNull()
  })
})

describe('the shipped types', () => {
  const json = Object.fromEntries(TYPES.all.map((type) => [type.id, subjectTypeJson(type)]))

  it('are five', () => {
    expect(TYPES.all.map(({ id }) => id)).toEqual([
      'bodhi_update',
      'compose',
      'koji_build',
      'redhat-container-image',
      'redhat-module',
    ])
  })

  it('are shown with all their attributes', () => {
    expect(json.bodhi_update).toEqual({
      ...{ id: 'bodhi_update', aliases: [], item_key: null, is_koji_build: false, is_nvr: false },
      ...{
        ignore_missing_policy: true,
        product_version_match: [],
        product_version_from_koji_build_target: [],
      },
      ...{ product_version: null, item_dict: {}, result_queries: [] },
    })
    expect(json.koji_build).toMatchObject({
      aliases: ['brew-build'],
      result_queries: [
        { item_key: 'item', keys: { type: 'koji_build,brew-build' } },
        { item_key: 'original_spec_nvr' },
      ],
      product_version_from_koji_build_target: [
        { match: '^(rhel-\\d+\\.\\d+).*', product_version: '\\1' },
        { match: '^(rhel-\\d+).*', product_version: '\\1' },
      ],
    })
    expect(json.compose).toMatchObject({ item_dict: { item_key: 'productmd.compose.id' } })
  })
})

describe('an invalid subject type is reported', () => {
  const cases: [yaml: string, message: string][] = [
    ['---', 'Expected mapping for !SubjectType tagged object'],
    ['aliases: [a]', "SubjectType None: Attribute 'id' is required"],
    [
      'id: x\naliases: a',
      `SubjectType 'x': Attribute 'aliases': expected a sequence node, but found scalar\n  in "<unicode string>", line 2, column 10`,
    ],
    ['id: x\nis_nvr: 1', "SubjectType 'x': Attribute 'is_nvr': Expected a boolean value, got: 1"],
    [
      'id: x\nresult_queries: [a]',
      "SubjectType 'x': Attribute 'result_queries': Expected list of dict objects",
    ],
    ['id: x\nitem_dict: a', "SubjectType 'x': Attribute 'item_dict': Expected a dict value, got: a"],
    [
      'id: x\nitem_dict: !Foo {item_key: a}',
      `SubjectType 'x': Attribute 'item_dict': could not determine a constructor for the tag '!Foo'\n  in "<unicode string>", line 2, column 12`,
    ],
    [
      'id: x\nresult_queries: [!Foo {item_key: a}]',
      `SubjectType 'x': Attribute 'result_queries': could not determine a constructor for the tag '!Foo'\n  in "<unicode string>", line 2, column 18`,
    ],
    [
      'id: x\nproduct_version_match: [{match: a}]',
      "SubjectType 'x': Attribute 'product_version_match': Attribute 'product_version' is required",
    ],
  ]
  it.each(cases)('%s', (yaml, message) => {
    expect(readSubjectTypes(readYaml(yaml)).problems.map((problem) => problem.message)).toEqual([message])
  })

  it('for an invalid regular expression', () => {
    const { problems } = readSubjectTypes(
      readYaml('id: x\nproduct_version_match: [{match: "(", product_version: a}]'),
    )
    expect(problems[0]?.message).toMatch(
      /^SubjectType 'x': Attribute 'product_version_match': Invalid regular expression/,
    )
    expect(problems[0]?.place).toEqual({ line: 2, column: 25 })
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

describe('product versions', () => {
  it.each([
    ['compose', 'RHEL-8.5.0-20210101.d.1', ['rhel-8']],
    ['compose', 'FEDORA-35', []],
    ['compose', 'RHEL-9000', []],
    ['redhat-module', 'anything', ['rhel-8']],
    ['koji_build', 'a-1-1.el8', []],
  ])('of the %s %s are %j', (type, identifier, versions) => {
    expect(productVersionsOf(of(type, identifier))).toEqual(versions)
  })

  it.each([
    ['rhel-8.5.0-candidate', ['rhel-8', 'rhel-8.5']],
    ['rhel-9.2.0-beta-candidate', ['rhel-9', 'rhel-9.2']],
    ['f35', ['fedora-35']],
    ['f35-candidate', ['fedora-35']],
    ['epel7-candidate', ['epel-7']],
    ['who-knows', ['rhel-7']],
    [null, ['rhel-7']],
  ])('of a build for %s are %j', (target, versions) => {
    expect(guessProductVersions(of('koji_build', 'a-1-1.el7'), target)).toEqual(versions)
  })

  it('of a type with a fixed one are only that, whatever the name of the build', () => {
    const image = of('redhat-container-image', 'a-1-1.el9')
    for (const target of [null, 'rhel-9.2.0-candidate'])
      expect(guessProductVersions(image, target)).toEqual(['rhel-8'])
  })

  it('need a build target only when nothing else determines them', () => {
    expect(needsBuildTarget(of('koji_build', 'a-1-1'))).toBe(true)
    expect(needsBuildTarget(of('redhat-container-image', 'a-1-1'))).toBe(false)
    expect(needsBuildTarget(of('compose', 'X'))).toBe(false)
  })

  it.each([
    ['rawhide', true, 'fedora-rawhide'],
    ['Fedora-Rawhide-2020', false, 'fedora-rawhide'],
    ['f35-candidate', true, 'fedora-35'],
    ['f35', false, null],
    ['epel7-candidate', false, 'epel-7'],
    ['el8_4', false, 'rhel-8'],
    ['el99', true, 'rhel-99'],
    ['rhel-8.5.0-candidate', true, 'rhel-8'],
    ['fc27', false, 'fedora-27'],
    ['fc27', true, 'fedora-27'],
    ['Fedora-28-2020', false, 'fedora-28'],
    ['el0', false, null],
    ['el007', false, 'rhel-7'],
    [`f${'9'.repeat(25)}`, true, `fedora-${'9'.repeat(25)}`],
    ...['el', 'elastic8', 'fc', 'Fedora', 'rhelx', 'eln', ''].map((text): [string, boolean, null] => [
      text,
      true,
      null,
    ]),
  ])('%s (of a build: %s) means %s', (text, isKojiBuild, version) => {
    expect(guessFrom(text, isKojiBuild)).toBe(version)
  })

  it('may contain named groups and dollar signs of a pattern', () => {
    const yaml = String.raw`
id: x
product_version_match:
  - {match: '(?P<os>[A-Z]+)-(\d+)', product_version: '\g<os>$1-\2'}
  - {match: 'b', product_version: never}
`
    const [type] = readSubjectTypes(readYaml(yaml)).read
    expect(type && productVersionsOf({ type, identifier: 'OS-7-b' })).toEqual(['os$1-7-b'])
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
