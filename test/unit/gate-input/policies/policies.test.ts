/** Reading policies: what is valid, and how folders of policies are read (behaviour/greenwave 1). */
import { describe, expect, it } from 'vitest'
import { readDefinitionFiles } from '../../../../src/gate-input/policies/documents.ts'
import { readPolicies } from '../../../../src/gate-input/policies/read-policies.ts'
import { readYaml } from '../../../../src/lib/yaml/read.ts'
import { policyJson } from '../../../../src/present/gate/policy.ts'
import {
  POLICIES,
  policiesFrom,
  policyYaml,
  problemsOf,
  test as rule,
} from '../../../support/gate/builders.ts'

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
      expect(problemsOf(policyYaml('a', [`!RemoteRule {required: ${word}}`])), word).toHaveLength(1)
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
    expect(problemsOf('rules: []', 'remote')).toEqual(["Policy 'untitled': No decision contexts provided"])
    expect(problemsOf('decision_context: a', 'remote')).toEqual([
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
