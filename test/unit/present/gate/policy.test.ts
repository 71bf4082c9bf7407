/** Policies as anyone may read them. */
import { expect, it } from 'vitest'
import { ruleJson } from '../../../../src/present/gate/policy.ts'

it('the sources of a remote rule are shown without their credentials', () => {
  const sources = [
    'https://alice:hunter2@git.example.com/gating.yaml',
    'https://git.example.com/gating.yaml?private_token=hunter2',
    'https://git.example.com/{pkg_name}/gating.yaml',
  ]
  expect(ruleJson({ kind: 'RemoteRule', required: true, sources, key: 'any' })).toEqual({
    rule: 'RemoteRule',
    required: true,
    sources: [
      'https://alice:***@git.example.com/gating.yaml',
      'https://git.example.com/gating.yaml?private_token=***',
      'https://git.example.com/{pkg_name}/gating.yaml',
    ],
  })
})
