/** Explanations as text for a terminal: complete in any number, and without control characters. */
import { expect, it } from 'vitest'
import { drawExplanation } from '../../../../src/cli/text/explanation-text.ts'
import { explanationJson } from '../../../../src/present/gate/explanation.ts'
import {
  explained,
  type Outside,
  POLICIES,
  policiesFrom,
  policyYaml,
  test as rule,
} from '../../../support/gate/builders.ts'

const HOSTILE = '\x1b]0;x\x07\x9b2J\x7f\n\0'
const SHOWN = '\\x1b]0;x\\x07\\x9b2J\\x7f \\x00'

const drawn = (identifiers: string[], context: string, policies = POLICIES, outside: Outside = {}) => {
  const subject = identifiers.map((item) => ({ type: 'koji_build', item }))
  const body = { decision_context: context, product_version: 'fedora-26', subject }
  return drawExplanation(explanationJson(explained(body, outside, { policies }).explanation))
}

it('the text has a line for each policy and subject, however many there are', () => {
  const names = Array.from({ length: 15_000 }, (_none, n) => `package-${n}-1-1`)
  const lines = drawn(names, 'c').trimEnd().split('\n')
  expect(lines).toHaveLength(1 + names.length * POLICIES.length)
  expect(lines.at(-1)).toMatch(/^package-14999-1-1 +\S+ +redhat.yaml:\d+ +does not apply +/)
})

it('the text shows in one word how a policy is used, and lists the rule files that were tried', () => {
  const builds = {
    'a-1-1': { kind: 'found' as const, build: { creationTime: 0, sourceUrl: 'git://h/rpms/a#r' } },
  }
  const yaml = [
    policyYaml('whole', ['!RemoteRule {}']),
    policyYaml('part', [rule('t', 'valid_since: 2021-01-01')]),
    policyYaml('without-a', [], { excluded_packages: '[a]' }),
    policyYaml('elsewhere', [], { decision_context: 'd' }),
  ]
  const url = 'https://src.fedoraproject.org/rpms/a/raw/r/f/gating.yaml'
  const files = { [url]: policyYaml('remote', []) }
  const text = drawn(['a-1-1'], 'c', policiesFrom(yaml.join('')), { builds, files })
  expect(text.split('\n').map((line) => line.split(/ {2,}/).slice(1))).toEqual([
    ['POLICY', 'FILE', 'USE', 'BECAUSE'],
    ['whole', 'policies.yaml:1', 'applies'],
    [
      'part',
      'policies.yaml:7',
      'applies in part',
      expect.stringMatching(/^valid time: t applies to builds created since 2021/),
    ],
    [
      'without-a',
      'policies.yaml:13',
      'excludes this package',
      'excluded package: a is one of its excluded packages',
    ],
    ['elsewhere', 'policies.yaml:20', 'does not apply', 'decision context: it applies to d, not to c'],
    ['remote', `${url}:1`, 'applies'],
    [],
    ['RULE FILE', 'OUTCOME', 'BECAUSE'],
    [url, 'read'],
    [],
  ])
})

it('the text reports when subjects are left out', () => {
  expect(drawExplanation({ complete: false, subjects: [] })).toContain('The remaining subjects are left out')
})

it('the text escapes control characters', () => {
  const text = drawn([HOSTILE], HOSTILE, policiesFrom(policyYaml('p', [])))
  expect(text.split('\n')).toHaveLength(3)
  expect(text).toContain(
    `${SHOWN}  p       policies.yaml:1  does not apply  decision context: it applies to c, not to ${SHOWN}`,
  )
})
