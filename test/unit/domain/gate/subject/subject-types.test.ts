/** The shipped subject types, and the error texts for invalid ones (behaviour/greenwave 2). */
import { describe, expect, it } from 'vitest'
import { readSubjectTypes } from '../../../../../src/gate-input/policies/read-subject-types.ts'
import { readYaml } from '../../../../../src/lib/yaml/read.ts'
import { subjectTypeJson } from '../../../../../src/present/gate/subject-type.ts'
import { TYPES } from '../../../../support/gate/builders.ts'

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
