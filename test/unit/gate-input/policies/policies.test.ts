/** Reading policies: what is valid, and the error texts for what is not (behaviour/greenwave 1). */
import { describe, expect, it } from 'vitest'
import { readDefinitionFiles } from '../../../../src/gate-input/policies/documents.ts'
import { readPolicies } from '../../../../src/gate-input/policies/read-policies.ts'
import { readYaml } from '../../../../src/lib/yaml/read.ts'
import { policyJson } from '../../../../src/present/gate/policy.ts'
import { POLICIES, policiesFrom, policyYaml, test as rule } from '../../../support/gate/builders.ts'

function problems(yaml: string, kind: 'configured' | 'remote' = 'configured'): string[] {
  return readPolicies(readYaml(yaml), kind).problems.map(({ message }) => message)
}

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
    expect(problems(yaml)).toEqual([message])
  })

  it('that is remote and has a remote rule, before other faults', () => {
    expect(problems('id: test\nrules: [!RemoteRule {}]', 'remote')).toEqual([
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
    expect(problems('rules: 1\npackages: 2\nproduct_versions: 3')).toEqual([
      "Policy 'untitled': Attribute 'id' is required",
    ])
    expect(problems('id: x\nrules: 1\npackages: 2')[0]).toMatch(/'product_versions' is required/)
    expect(problems('id: x\nproduct_versions: []\nsubject_types: a\nrules: 1')[0]).toMatch(
      /'subject_types': expected/,
    )
  })

  it('remote policies have a different order', () => {
    const yaml = 'id: x\ndecision_context: [a]\nsubject_type: [b]\nrules: 1'
    expect(problems(yaml)[0]).toMatch(/'product_versions' is required/)
    expect(problems(yaml, 'remote')[0]).toMatch(/'subject_type': expected a scalar/)
  })
})

describe('a policy', () => {
  it('may have any root tag, or none', () => {
    expect(policiesFrom(policyYaml('a', []).replace('!Policy', '!Other')).map(({ id }) => id)).toEqual(['a'])
    expect(policiesFrom(policyYaml('a', []).replace(' !Policy', '')).map(({ id }) => id)).toEqual(['a'])
  })

  it('keeps texts as they are written', () => {
    const ids = ['123', 'true', '2020-01-01', '"quoted"', '0x1F'].map(
      (id) => policiesFrom(policyYaml(id, []))[0]?.id,
    )
    expect(ids).toEqual(['123', 'true', '2020-01-01', 'quoted', '0x1F'])
  })

  it('treats a null text as not set', () => {
    const [policy] = policiesFrom(policyYaml('a', [rule('t', 'scenario: null'), rule('t', 'scenario:')]))
    expect(policy?.rules.map((item) => 'scenario' in item && item.scenario)).toEqual([null, null])
  })

  it.each([
    ['true True TRUE yes Yes YES on On ON', true],
    ['false False FALSE no No NO off Off OFF', false],
  ])('reads %s as booleans', (words, value) => {
    for (const word of words.split(' ')) {
      const [policy] = policiesFrom(policyYaml('a', [`!RemoteRule {required: ${word}}`]))
      expect(policy?.rules, word).toMatchObject([{ required: value }])
    }
  })

  it('reads nothing else as a boolean', () => {
    for (const word of ['0', '1', 'nope', 'TRUe', 'oN', 'y', 'n', '""']) {
      expect(problems(policyYaml('a', [`!RemoteRule {required: ${word}}`])), word).toHaveLength(1)
    }
  })

  it('uses the last of equal keys, and ignores unknown keys', () => {
    const [policy] = policiesFrom(`${policyYaml('a', [])}blacklist: [x]\nid: b\n`)
    expect(policy?.id).toBe('b')
  })

  it.each(['configured', 'remote'] as const)('may list several subject types (%s)', (kind) => {
    const several = { subject_type: 'null', subject_types: '[a, b]' }
    expect(policiesFrom(policyYaml('p', [], several), kind)).toMatchObject([
      { subjectType: null, subjectTypes: ['a', 'b'] },
    ])
    expect(policiesFrom(policyYaml('p', []), kind)).toMatchObject([
      { subjectType: 'koji_build', subjectTypes: [] },
    ])
  })

  it('is shown with all its attributes', () => {
    const more = { excluded_packages: '["a*"]', relevance_key: 'k', product_versions: '[x, y]' }
    const rules = [
      rule('t', 'valid_since: 2020-01-01'),
      '!RemoteRule ',
      '!RemoteRule {required: yes, sources: [u]}',
    ]
    expect(policiesFrom(policyYaml('a', rules, more)).map(policyJson)).toEqual([
      {
        ...{ id: 'a', product_versions: ['x', 'y'], decision_context: 'c', decision_contexts: [] },
        ...{ subject_type: 'koji_build', subject_types: [], excluded_packages: ['a*'], packages: [] },
        ...{ relevance_key: 'k', relevance_value: null },
        rules: [
          { rule: 'PassingTestCaseRule', test_case_name: 't', scenario: null },
          { rule: 'RemoteRule', required: false, sources: [] },
          { rule: 'RemoteRule', required: true, sources: ['u'] },
        ],
      },
    ])
  })
})

describe('a remote policy', () => {
  it('requires a decision context and rules only', () => {
    const [policy] = policiesFrom('decision_contexts: [a, b]\nrules: []', 'remote')
    expect(policy).toMatchObject({ id: null, subjectType: '*', decisionContexts: ['a', 'b'] })
    expect(policy?.productVersions.patterns).toEqual(['*'])
    expect(problems('rules: []', 'remote')).toEqual(["Policy 'untitled': No decision contexts provided"])
    expect(problems('decision_context: a', 'remote')).toEqual([
      "Policy 'untitled': Attribute 'rules' is required",
    ])
  })
})

describe('a folder of policies', () => {
  const file = (name: string, text: string) => ({ name, stream: readYaml(text) })
  const read = (files: ReturnType<typeof file>[]) =>
    readDefinitionFiles(files, (stream) => readPolicies(stream, 'configured'))

  it('is read in the order of the file names', () => {
    const files = [
      file('b.yaml', policyYaml('2', [])),
      file('a.yaml', policyYaml('0', []) + policyYaml('1', [])),
    ]
    expect(read(files).read.map(({ id }) => id)).toEqual(['0', '1', '2'])
  })

  it('reports all faults of all files, with file and line', () => {
    const bad = `id: x\nproduct_versions: [a]\nrules:\n- a\n---\nid: y\n`
    expect(read([file('z.yaml', 'a: b: c'), file('b.yaml', bad)]).problems).toEqual([
      "b.yaml:4: Policy 'x': Attribute 'rules': Expected list of Rule objects",
      "b.yaml:6: Policy 'y': Attribute 'product_versions' is required",
      expect.stringMatching(/^z\.yaml:1: YAML Parser Error: /),
    ])
  })
})

it('sixteen example policies are shipped', () => {
  const table = POLICIES.map((policy) => [
    policy.id,
    policy.productVersions.patterns.join(),
    policy.decisionContext,
    policy.subjectType,
    policy.rules.length,
  ])
  expect(table).toHaveLength(16)
  expect(table[0]).toEqual([
    'taskotron_release_critical_tasks_with_blocklist',
    'fedora-26',
    'bodhi_update_push_stable',
    'koji_build',
    1,
  ])
  expect(table[15]).toEqual(['rtt_compose', 'rhel-something', 'rtt_compose_gate', 'compose', 1])
})
