/** Checks which policies apply to an image at a release gate. */
import { describe, expect, it } from 'vitest'
import { indexPolicies } from '../../../../../src/domain/gate/policy/policy-index.ts'
import { hasPolicy, policiesFor } from '../../../../../src/domain/gate/release/release-gate.ts'
import { policiesFrom, policyYaml, TYPES, test } from '../../../../support/gate/builders.ts'

const GATE = { decisionContext: 'c', productVersion: 'rhel-9', subjectType: 'koji_build' }
const forVersion = { product_versions: '[rhel-*]' }
const policies = policiesFrom(
  [
    policyYaml('all', [test('t')], forVersion),
    policyYaml('some', [test('t')], { ...forVersion, packages: '[httpd-*]' }),
    policyYaml('but', [test('t')], { ...forVersion, excluded_packages: '[httpd-container]' }),
    policyYaml('other-context', [test('t')], { ...forVersion, decision_context: 'd' }),
    policyYaml('other-type', [test('t')], { ...forVersion, subject_type: 'redhat-module' }),
    policyYaml('other-version', [test('t')], { product_versions: '[fedora-*]' }),
  ].join(''),
)
const set = { index: indexPolicies(policies), subjectTypes: TYPES }
const idsFor = (nvr: string, gate = GATE) => policiesFor(gate, nvr, set).map(({ id }) => id)

describe('the policies at a release gate', () => {
  it('are those of its context, version and type that list the package or do not exclude it', () => {
    expect(idsFor('httpd-container-2.4-1')).toEqual(['all', 'some'])
    expect(idsFor('nodejs-container-18-1')).toEqual(['all', 'but'])
  })

  it('are found by an alias of the type too', () => {
    expect(idsFor('httpd-container-2.4-1', { ...GATE, subjectType: 'brew-build' })).toEqual(['all', 'some'])
  })

  it('are none where no policy has the context, the version or the type', () => {
    expect(hasPolicy(GATE, set)).toBe(true)
    for (const other of [{ decisionContext: 'x' }, { productVersion: 'x' }, { subjectType: 'x' }])
      expect(hasPolicy({ ...GATE, ...other }, set)).toBe(false)
  })
})
