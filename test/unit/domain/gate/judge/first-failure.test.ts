/** Of several failures, a decision reports the first in the order of its subjects. */
import { describe, expect, it } from 'vitest'
import { DecisionError } from '../../../../../src/domain/gate/request/decision-error.ts'
import { decide, policiesFrom, policyYaml, test as rule } from '../../../../support/gate/builders.ts'
import { refusal } from '../../../../support/rule-files/package-file.ts'

describe('the first failure in order', () => {
  it('is reported, although a later subject has no policy', () => {
    const error = new DecisionError('upstream-failed', 'first')
    const policies = policiesFrom(policyYaml('p', [rule('t', 'valid_since: 2020-01-01')]))
    const subject = [
      { type: 'koji_build', item: 'a-1-1' },
      { type: 'other', item: 'b' },
    ]
    const both = { decision_context: 'c', product_version: 'fedora-26', subject }
    const outside = { builds: { 'a-1-1': { kind: 'failed' as const, error } } }
    expect(refusal(() => decide(both, outside, { policies }))).toBe('upstream-failed: first')
    expect(refusal(() => decide({ ...both, subject: subject.toReversed() }, outside, { policies }))).toBe(
      'not-found: Found no applicable policies for other subjects at gating point(s) c in fedora-26',
    )
  })

  it('is reported, even if a later one is known earlier', () => {
    const first = {
      'a-1-1': { kind: 'failed' as const, error: new DecisionError('upstream-failed', 'first') },
    }
    const policies = policiesFrom(policyYaml('p', [rule('t', 'valid_since: 2020-01-01')]))
    const subject = ['a-1-1', 'nodash'].map((item) => ({ type: 'koji_build', item }))
    const several = { decision_context: 'c', product_version: 'fedora-26', subject }
    expect(refusal(() => decide(several, { builds: first }, { policies }))).toMatch(
      /^upstream-failed: first$/,
    )
    const builds = { 'a-1-1': { kind: 'found' as const, build: { creationTime: 0, sourceUrl: null } } }
    expect(refusal(() => decide(several, { builds }, { policies }))).toBe(
      "bad-request: Invalid NVR format: 'nodash'",
    )
  })
})
