/** Checks which decisions a new result or waiver may change (behaviour/greenwave 6.4). */
import { describe, expect, it } from 'vitest'
import {
  candidatePairs,
  candidateSourceOf,
  type Pair,
} from '../../../../../src/domain/gate/change/candidates.ts'
import { type Facts, NO_FACTS } from '../../../../../src/domain/gate/facts/facts.ts'
import { createMissingFacts } from '../../../../../src/domain/gate/facts/needs.ts'
import { indexPolicies } from '../../../../../src/domain/gate/policy/policy-index.ts'
import { DecisionError } from '../../../../../src/domain/gate/request/decision-error.ts'
import { subjectTypeNamed } from '../../../../../src/domain/gate/subject/subject-type.ts'
import { NVR, policiesFrom, policyYaml, SETTINGS, TYPES, test } from '../../../../support/gate/builders.ts'

const SUBJECT = { type: subjectTypeNamed(TYPES, 'koji_build'), identifier: NVR }
const FILE = 'https://src.fedoraproject.org/rpms/glibc/raw/abc/f/gating.yaml'
const BUILD = { creationTime: null, sourceUrl: 'git+https://src.fedoraproject.org/rpms/glibc.git#abc' }
const WITH_BUILD: Facts = { ...NO_FACTS, builds: new Map([[NVR, { kind: 'found', build: BUILD }]]) }
const REMOTE = policyYaml('remote', ['!RemoteRule {}'])

function candidates(
  yaml: string,
  versions: string[],
  testCase = 't1',
  facts: Facts = NO_FACTS,
  decided: readonly Pair[] = [],
) {
  const policies = policiesFrom(yaml)
  const missing = createMissingFacts()
  const choice = candidateSourceOf(indexPolicies(policies), TYPES.all)
  const round = { facts, missing, settings: SETTINGS }
  const found = candidatePairs(SUBJECT, { testCase, versions, decided }, choice, round)
  return {
    pairs: found.pairs.map(({ decisionContext, productVersion }) => `${decisionContext} ${productVersion}`),
    unresolved: found.unresolved,
    needs: missing.needs(null),
  }
}

describe('a candidate', () => {
  it('is each context of a policy that names the test case or has no rules, with each version that fits', () => {
    const yaml = [
      policyYaml('a', [test('t1')], { decision_contexts: '[d, c]', decision_context: 'null' }),
      policyYaml('b', [test('t2')], { decision_context: 'other' }),
      policyYaml('n', [], { decision_context: 'no-rules', product_versions: '["fedora-*"]' }),
      policyYaml('v', [test('t1')], { decision_context: 'elsewhere', product_versions: '[rhel-8]' }),
      policyYaml('t', [test('t1')], { decision_context: 'type', subject_type: 'compose' }),
      policyYaml('s', [test('t1')], { decision_context: 'alias', subject_type: 'brew-build' }),
    ].join('')
    expect(candidates(yaml, ['fedora-26', 'fedora-27']).pairs).toEqual([
      'alias fedora-26',
      'c fedora-26',
      'd fedora-26',
      'no-rules fedora-26',
      'no-rules fedora-27',
    ])
  })

  it('needs one rule about the test case among several, and is in the order of contexts and versions', () => {
    const yaml = ['d', 'c']
      .map((context) =>
        policyYaml(context, [test('t2'), test('t1')], {
          decision_context: context,
          product_versions: '["fedora-*"]',
        }),
      )
      .join('')
    for (const versions of [
      ['fedora-26', 'fedora-27'],
      ['fedora-27', 'fedora-26'],
    ])
      expect(candidates(yaml, versions).pairs).toEqual([
        'c fedora-26',
        'c fedora-27',
        'd fedora-26',
        'd fedora-27',
      ])
  })

  it('has every version of its policy when the subject has none, but never a pattern', () => {
    const yaml = [
      policyYaml('a', [test('t1')], { product_versions: '[fedora-26, "fedora-2?"]' }),
      policyYaml('b', [test('t2')], { product_versions: '[fedora-28, epel-7]' }),
      policyYaml('c', [test('t1')], { decision_context: 'open', product_versions: '["rawhide*"]' }),
      policyYaml('d', [test('t1')], { decision_context: 'type', product_versions: '["rhel-*"]' }),
    ].join('')
    // rhel-8 is the version of a subject type.
    expect(candidates(yaml, [])).toMatchObject({
      pairs: ['c fedora-26', 'c fedora-28', 'type rhel-8'],
      unresolved: 1,
    })
  })
})

describe('what earlier messages have led to', () => {
  const open = policyYaml('open', [test('t1')], { product_versions: '["fedora-*"]' })
  const closed = policyYaml('closed', [test('t1')], { decision_context: 'closed' })
  const decided = ['c', 'closed', 'gone'].map((decisionContext) => ({
    decisionContext,
    productVersion: 'fedora-40',
  }))

  it("is a candidate as well, in a version that is not among the subject's, while a policy says so", () => {
    expect(candidates(open + closed, ['fedora-26'], 't1', NO_FACTS, decided).pairs).toEqual([
      'c fedora-26',
      'c fedora-40',
      'closed fedora-26',
    ])
    expect(candidates(open, [], 't1', NO_FACTS, decided).pairs).toEqual(['c fedora-40'])
    expect(candidates(open, ['fedora-26'], 't2', NO_FACTS, decided).pairs).toEqual([])
  })

  it('makes no candidate of other decisions in that version', () => {
    const other = policyYaml('other', [test('t1')], {
      decision_context: 'other',
      product_versions: '["fedora-*"]',
    })
    expect(candidates(open + other, ['fedora-26'], 't1', NO_FACTS, decided).pairs).toEqual([
      'c fedora-26',
      'c fedora-40',
      'other fedora-26',
    ])
  })
})

describe('a policy with a rule file', () => {
  const policies = (yaml: string): Facts['files'] =>
    new Map([[FILE, { kind: 'policies', policies: policiesFrom(yaml, 'remote') }]])

  it('is a candidate only after the build and the file were looked at', () => {
    expect(candidates(REMOTE, ['fedora-26'])).toMatchObject({ pairs: [], needs: { builds: [NVR] } })
    expect(candidates(REMOTE, ['fedora-26'], 't1', WITH_BUILD)).toMatchObject({
      pairs: [],
      needs: { files: [[FILE]] },
    })
  })

  it.each<[string, Facts['files'], boolean]>([
    ['names the test case', policies(policyYaml('r', [test('t1')])), true],
    ['names another test case', policies(policyYaml('r', [test('t2')])), false],
    [
      'has one policy about the test case beside another',
      policies(policyYaml('r', [test('t2')]) + policyYaml('s', [test('t1')])),
      true,
    ],
    ['has no rules', policies(policyYaml('r', [])), true],
    ['is for another context', policies(policyYaml('r', [test('t1')], { decision_context: 'x' })), false],
    [
      'is for another version',
      policies(policyYaml('r', [test('t1')], { product_versions: '[fedora-27]' })),
      false,
    ],
    ['is missing', new Map([[FILE, { kind: 'absent' }]]), true],
    ['is invalid', new Map([[FILE, { kind: 'invalid', details: 'x' }]]), true],
    [
      'cannot be fetched',
      new Map([[FILE, { kind: 'failed', error: new DecisionError('upstream-failed', 'x') }]]),
      true,
    ],
  ])('is one or not when the file %s', (_name, files, expected) => {
    const { pairs, needs } = candidates(REMOTE, ['fedora-26'], 't1', { ...WITH_BUILD, files })
    expect(needs).toMatchObject({ builds: [], files: [] })
    expect(pairs).toEqual(expected ? ['c fedora-26'] : [])
  })
})
