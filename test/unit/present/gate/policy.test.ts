/** Policies as `GET /policies` shows them (behaviour/greenwave 1.4). */
import { expect, it } from 'vitest'
import { policyJson } from '../../../../src/present/gate/policy.ts'
import { policiesFrom, policyYaml, test as rule } from '../../../support/gate/builders.ts'

const rulesOf = (...rules: string[]) => policiesFrom(policyYaml('p', rules)).map(policyJson)[0]?.rules

it('the list shows the sources of a rule without their credentials', () => {
  const sources = ['https://me:hunter2@git.example.com/{rev}', 'https://git.example.com/{rev}?token=hunter2']
  expect(rulesOf(`!RemoteRule {required: yes, sources: ${JSON.stringify(sources)}}`)).toEqual([
    {
      rule: 'RemoteRule',
      required: true,
      sources: ['https://me:***@git.example.com/{rev}', 'https://git.example.com/{rev}?token=***'],
    },
  ])
})

it('the list shows a rule about a test case without its validity', () => {
  expect(rulesOf(rule('t', 'valid_since: 2021-01-01'))).toEqual([
    { rule: 'PassingTestCaseRule', test_case_name: 't', scenario: null },
  ])
})
