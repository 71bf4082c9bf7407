/** Explanations: why each policy was checked or not. */
import { describe, expect, it } from 'vitest'
import { explain } from '../../../../../src/domain/gate/judge/explain.ts'
import { parseDecisionRequest } from '../../../../../src/gate-input/request/parse-request.ts'
import { POLICIES, request, TYPES } from '../../../../support/gate-builders.ts'

describe('an explanation', () => {
  const explained = (more: Record<string, unknown>) =>
    explain(parseDecisionRequest(request(more), TYPES), POLICIES).map(({ policy, applies, because }) => [
      policy.id,
      applies,
      because,
    ])

  it('names the first condition of each policy that failed', () => {
    const all = explained({})
    expect(all).toHaveLength(16)
    expect(all).toContainEqual(['taskotron_release_critical_tasks', true, null])
    expect(all).toContainEqual([
      'empty-policy',
      false,
      'product version: it is for fedora-24, not for fedora-26',
    ])
    expect(all).toContainEqual([
      ...['taskotron_release_critical_tasks_for_testing', false],
      'decision context: it is for bodhi_update_push_testing, not for bodhi_update_push_stable',
    ])
    expect(explained({ product_version: 'fedora-24' })).toContainEqual([
      ...['empty-policy', false, 'subject type: it is for bodhi_update, not for koji_build'],
    ])
  })

  it('includes policies that apply, but exclude the package', () => {
    const more = { decision_context: 'osci_compose_gate', product_version: 'rhel-something' }
    const because = (nvr: string) =>
      explained({ ...more, subject_identifier: nvr }).find(([id]) => id === 'osci_compose')
    expect(because('foo-1-1')).toEqual(['osci_compose', true, 'package: foo is not one of its packages'])
    expect(because('module-build-x-1-1')?.[2]).toBe('package: module-build-x is one of its excluded packages')
    expect(because('avahi-1-1')?.[2]).toBeNull()
  })

  it('includes the rules in a request', () => {
    const rules = {
      product_version: 'x',
      rules: [{ type: 'RemoteRule' }],
      subject_type: 'a',
      subject_identifier: 'b',
    }
    const explanations = explain(parseDecisionRequest(rules, TYPES), POLICIES)
    expect(explanations.map(({ policy, because }) => [policy.id, because])).toEqual([
      ['on-demand-policy', null],
    ])
  })
})
