/** Reading invalid policies: the error texts, and which of several faults is reported (behaviour/greenwave 1). */
import { describe, expect, it } from 'vitest'
import { readPolicies } from '../../../../src/gate-input/policies/read-policies.ts'
import { readYaml } from '../../../../src/lib/yaml/read.ts'
import { policyYaml, problemsOf } from '../../../support/gate/builders.ts'

const at = (line: number, column: number) => `\n  in "<unicode string>", line ${line}, column ${column}`

/** A policy with all required attributes, of which some are replaced or (with null) removed. */
function faulty(name: string, value: string | null): string {
  const fields: Record<string, string | null> = {
    ...{
      id: 'test',
      product_versions: '[fedora-26]',
      decision_context: 'c',
      subject_type: 'koji_build',
      rules: '[]',
    },
    [name]: value,
  }
  return Object.entries(fields)
    .filter(([, text]) => text !== null)
    .map(([key, text]) => `${key}: ${text}`)
    .join('\n')
}

describe('an invalid policy is reported', () => {
  const passing = (text: string) => `[!PassingTestCaseRule {${text}}]`
  const cases: [what: string, yaml: string, message: string][] = [
    ['empty', '---', 'Expected mapping for !Policy tagged object'],
    ['a number', '--- !Policy\n42', 'Expected mapping for !Policy tagged object'],
    ['without id', faulty('id', null), "Policy 'untitled': Attribute 'id' is required"],
    ['with a null id', faulty('id', 'null'), "Policy 'untitled': Attribute 'id' is required"],
    [
      'with a list as id',
      faulty('id', '[a]'),
      `Policy 'untitled': Attribute 'id': expected a scalar node, but found sequence${at(1, 5)}`,
    ],
    [
      'without product versions',
      faulty('product_versions', null),
      "Policy 'test': Attribute 'product_versions' is required",
    ],
    ['without rules', faulty('rules', null), "Policy 'test': Attribute 'rules' is required"],
    ['without subject type', faulty('subject_type', null), "Policy 'test': No subject types provided"],
    [
      'with both forms of subject types',
      faulty('subject_types', '[a]'),
      `Policy 'test': Both properties "subject_types" and "subject_type" were set`,
    ],
    [
      'without a decision context',
      faulty('decision_context', null),
      "Policy 'test': No decision contexts provided",
    ],
    [
      'with an empty decision context',
      faulty('decision_context', '""'),
      "Policy 'test': No decision contexts provided",
    ],
    [
      'with both forms of decision contexts',
      faulty('decision_contexts', '[a]'),
      `Policy 'test': Both properties "decision_contexts" and "decision_context" were set`,
    ],
    [
      'with a mapping as rule',
      faulty('rules', '[{a: b}]'),
      "Policy 'test': Attribute 'rules': Expected list of Rule objects",
    ],
    [
      'with a text as rule',
      faulty('rules', '[a]'),
      "Policy 'test': Attribute 'rules': Expected list of Rule objects",
    ],
    [
      'with a policy as rule',
      faulty('rules', '[!Policy {id: a}]'),
      "Policy 'test': Attribute 'rules': Expected list of Rule objects",
    ],
    [
      'with rules that are a mapping',
      faulty('rules', '{}'),
      `Policy 'test': Attribute 'rules': expected a sequence node, but found mapping${at(5, 8)}`,
    ],
    [
      'with an unknown rule',
      faulty('rules', '[!Foo {}]'),
      `Policy 'test': Attribute 'rules': could not determine a constructor for the tag '!Foo'${at(5, 9)}`,
    ],
    [
      'with a tagged text in a list',
      faulty('packages', '[!Foo a]'),
      `Policy 'test': Attribute 'packages': could not determine a constructor for the tag '!Foo'${at(6, 12)}`,
    ],
    [
      'with a number in a list',
      faulty('packages', '[a, 1]'),
      "Policy 'test': Attribute 'packages': Expected list of str objects",
    ],
    [
      'with a date in a list',
      faulty('packages', '[2020-01-01]'),
      "Policy 'test': Attribute 'packages': Expected list of str objects",
    ],
    [
      'with a text instead of a list',
      faulty('product_versions', 'fedora-26'),
      `Policy 'test': Attribute 'product_versions': expected a sequence node, but found scalar${at(2, 19)}`,
    ],
    [
      'with a list instead of a text',
      faulty('decision_context', '[a]'),
      `Policy 'test': Attribute 'decision_context': expected a scalar node, but found sequence${at(3, 19)}`,
    ],
    [
      'with a rule without a test case',
      faulty('rules', passing('scenario: x')),
      "Policy 'test': Attribute 'rules': YAML object !PassingTestCaseRule: Attribute 'test_case_name' is required",
    ],
    [
      'with a rule without attributes',
      faulty('rules', '[!PassingTestCaseRule ]'),
      "Policy 'test': Attribute 'rules': YAML object !PassingTestCaseRule: Attribute 'test_case_name' is required",
    ],
    [
      'with a rule that is a list',
      faulty('rules', '[!RemoteRule [a]]'),
      "Policy 'test': Attribute 'rules': Expected mapping for !RemoteRule tagged object",
    ],
    [
      'with a number as boolean',
      faulty('rules', '[!RemoteRule {required: 1}]'),
      "Policy 'test': Attribute 'rules': YAML object !RemoteRule: Attribute 'required': Expected a boolean value, got: 1",
    ],
    [
      'with an empty boolean',
      faulty('rules', '[!RemoteRule {required: }]'),
      "Policy 'test': Attribute 'rules': YAML object !RemoteRule: Attribute 'required': Expected a boolean value, got: None",
    ],
    [
      'with an invalid date',
      faulty('rules', passing('test_case_name: t, valid_since: zzz')),
      "Policy 'test': Attribute 'rules': YAML object !PassingTestCaseRule: Attribute 'valid_since': Could not parse string as date/time, got: zzz",
    ],
    [
      'with an obsolete rule',
      faulty('rules', '[!PackageSpecificBuild {}]'),
      `Policy 'test': Attribute 'rules': !PackageSpecificBuild is obsolete. Please use the "packages" allowlist instead.`,
    ],
    [
      'with an id that has quotes',
      faulty('id', `"it's"`).replace('rules: []', ''),
      `Policy "it's": Attribute 'rules' is required`,
    ],
  ]
  it.each(cases)('%s', (_, yaml, message) => {
    expect(problemsOf(yaml)).toEqual([message])
  })

  it('that is remote and has a remote rule, before other faults', () => {
    expect(problemsOf('id: test\nrules: [!RemoteRule {}]', 'remote')).toEqual([
      "Policy 'test': RemoteRule is not allowed in remote policies",
    ])
  })

  it('for broken YAML, while the documents before it are valid', () => {
    const { read, problems: found } = readPolicies(
      readYaml(`${policyYaml('a', [])}--- !Policy\na: b: c`),
      'configured',
    )
    expect(read.map(({ id }) => id)).toEqual(['a'])
    expect(found.map(({ message, place }) => [message.split(': ')[0], place?.line])).toEqual([
      ['YAML Parser Error', 8],
    ])
  })
})

describe('of several faults in one policy', () => {
  it('the first in the order of the attributes is reported', () => {
    expect(problemsOf('rules: 1\npackages: 2\nproduct_versions: 3')).toEqual([
      "Policy 'untitled': Attribute 'id' is required",
    ])
    expect(problemsOf('id: x\nrules: 1\npackages: 2')[0]).toMatch(/'product_versions' is required/)
    expect(problemsOf('id: x\nproduct_versions: []\nsubject_types: a\nrules: 1')[0]).toMatch(
      /'subject_types': expected/,
    )
  })

  it('remote policies have a different order', () => {
    const yaml = 'id: x\ndecision_context: [a]\nsubject_type: [b]\nrules: 1'
    expect(problemsOf(yaml)[0]).toMatch(/'product_versions' is required/)
    expect(problemsOf(yaml, 'remote')[0]).toMatch(/'subject_type': expected a scalar/)
  })
})
