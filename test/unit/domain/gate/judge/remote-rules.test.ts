/** Rules in the repository of the package: what a rule file demands, and when it applies (behaviour/greenwave 4; cases A29 to A34). */
import { describe, expect, it } from 'vitest'
import {
  decide,
  NO_TRIPLET,
  policiesFrom,
  policyYaml,
  request,
  result,
  rounds,
  test as rule,
} from '../../../../support/gate/builders.ts'
import {
  BUILD,
  body,
  builtFrom,
  FILE,
  fetched,
  RULE,
  subject,
  URL_OF_FILE,
  withFile,
} from '../../../../support/rule-files/package-file.ts'

describe('a policy of a rule file', () => {
  it('counts if one of its contexts is one of the policy with the rule', () => {
    const satisfied = (contexts: string) => {
      const attributes = { decision_context: 'null', decision_contexts: contexts }
      const file = withFile(policyYaml('of-the-package', [rule('dist.upgradepath')], attributes))
      return decide(body, file, { policies: RULE }).policies_satisfied
    }
    expect(satisfied('[x, c]')).toBe(false)
    expect(satisfied('[c]')).toBe(false)
    expect(satisfied('[x]')).toBe(true)
  })
})

describe('a rule file', () => {
  it('adds its rules, each with its URL as source', () => {
    const outside = withFile(FILE, { results: [result('dist.upgradepath', 'PASSED', { nvr: BUILD, id: 3 })] })
    expect(decide(body, outside, { policies: RULE }).satisfied_requirements).toEqual([
      fetched,
      {
        ...{
          type: 'test-result-passed',
          testcase: 'dist.upgradepath',
          ...subject,
          result_id: 3,
          source: URL_OF_FILE,
        },
        ...NO_TRIPLET,
      },
    ])
  })

  it('demands tests that may fail or be missing', () => {
    const failed = withFile(FILE, { results: [result('dist.upgradepath', 'FAILED', { nvr: BUILD })] })
    expect(decide(body, failed, { policies: RULE })).toMatchObject({
      satisfied_requirements: [fetched],
      unsatisfied_requirements: [{ type: 'test-result-failed', source: URL_OF_FILE }],
    })
    expect(decide(body, withFile(FILE), { policies: RULE })).toMatchObject({
      summary: 'Of 1 required test, 1 result missing',
      unsatisfied_requirements: [{ type: 'test-result-missing', source: URL_OF_FILE }],
    })
  })

  it('is searched at the source URL of the build', () => {
    const urls = (source: string) =>
      rounds(body, { builds: builtFrom(source) }, { policies: RULE }).rounds.flatMap(({ files }) =>
        files.flat(),
      )
    expect(urls('git+https://src.fedoraproject.org/rpms/nethack.git#c3c4')).toEqual([URL_OF_FILE])
    expect(urls('git+https://src.fedoraproject.org/nethack.git#c3c4')).toEqual([
      'https://src.fedoraproject.org/nethack/raw/c3c4/f/gating.yaml',
    ])
    expect(urls('rpms/nethack.git#r')).toEqual(['https://src.fedoraproject.org/nethack/raw/r/f/gating.yaml'])
    expect(urls('git://h/a/b/c.git?x#r')).toEqual(['https://src.fedoraproject.org/b/c/raw/r/f/gating.yaml'])
    expect(urls('git://h/containers/nethack-container#r')).toEqual([
      'https://src.fedoraproject.org/containers/nethack/raw/r/f/gating.yaml',
    ])
    expect(urls('git://h/rpms/nethack-container#r')).toEqual([
      'https://src.fedoraproject.org/rpms/nethack-container/raw/r/f/gating.yaml',
    ])
  })

  it('of a group of builds is found without the build system', () => {
    const id = `sha256:0f41${'a'.repeat(60)}`
    const policies = policiesFrom(policyYaml('p', ['!RemoteRule {}'], { subject_type: 'brew-build-group' }))
    const group = request({ decision_context: 'c', subject_type: 'brew-build-group', subject_identifier: id })
    const { rounds: steps } = rounds(group, {}, { policies })
    expect(steps.flatMap(({ builds }) => builds)).toEqual([])
    expect(steps.flatMap(({ files }) => files.flat())).toEqual([
      `https://git.example.com/devops/greenwave-policies/side-tags/raw/master/${id.slice(7)}.yaml`,
    ])
  })

  it('applies only to its decision contexts, product versions and types', () => {
    const tests = (yaml: string) =>
      decide(body, withFile(yaml), { policies: RULE }).unsatisfied_requirements.map(
        ({ testcase }) => testcase,
      )
    expect(tests(policyYaml('x', [rule('t')], { decision_context: 'other' }))).toEqual([])
    expect(tests(policyYaml('x', [rule('t')], { product_versions: '[rhel-*]' }))).toEqual([])
    expect(tests(policyYaml('x', [rule('t')], { product_versions: '[fedora-*]' }))).toEqual(['t'])
    expect(tests(policyYaml('x', [rule('t')], { subject_type: 'compose' }))).toEqual([])
    expect(tests(policyYaml('x', [rule('t')], { subject_type: 'brew-build' }))).toEqual(['t'])
    expect(tests(`--- !Policy\ndecision_context: c\nrules: [${rule('t')}]`)).toEqual(['t'])
    expect(tests(policyYaml('x', [rule('t')], { excluded_packages: '[nethack]' }))).toEqual([])
    expect(tests('')).toEqual([])
  })

  it('does not repeat a test that the server demands', () => {
    const policies = policiesFrom(policyYaml('p', [rule('dist.upgradepath'), '!RemoteRule {}']))
    const { summary, unsatisfied_requirements } = decide(body, withFile(FILE), { policies })
    expect(summary).toBe('Of 1 required test, 1 result missing')
    expect(unsatisfied_requirements).toMatchObject([{ source: null }])
  })

  it('applies in the decision contexts of all policies that refer to it', () => {
    const both = [
      policyYaml('a', ['!RemoteRule {}'], { decision_context: 'a' }),
      policyYaml('b', ['!RemoteRule {}'], { decision_context: 'b' }),
    ]
    const files = [rule('for-a'), rule('for-b')].map((one, n) =>
      policyYaml('x', [one], { decision_context: 'ab'.charAt(n) }),
    )
    const policies = policiesFrom(both.join(''))
    const decideIn = (decision_context: string[]) =>
      decide({ ...body, decision_context }, withFile(files.join('')), { policies })
    const decision = decideIn(['a', 'b'])
    expect(decision.satisfied_requirements).toEqual([fetched])
    expect(decision.unsatisfied_requirements.map(({ testcase }) => testcase)).toEqual(['for-a', 'for-b'])
    expect(decideIn(['b']).unsatisfied_requirements.map(({ testcase }) => testcase)).toEqual(['for-b'])
  })

  it('does not apply in the decision contexts of a policy that excludes the package', () => {
    const skipping = { decision_context: 'b', excluded_packages: '[nethack]' }
    const both = policyYaml('a', ['!RemoteRule {}']) + policyYaml('b', ['!RemoteRule {}'], skipping)
    const file = policyYaml('x', [rule('for-b')], { decision_context: 'b' })
    const inBoth = { ...body, decision_context: ['c', 'b'] }
    expect(decide(inBoth, withFile(file), { policies: policiesFrom(both) }).summary).toBe(
      'No tests are required',
    )
  })

  it('does not apply in the decision contexts of policies that do not refer to it', () => {
    const policies = policiesFrom(
      policyYaml('p', ['!RemoteRule {}', rule('own')]) +
        policyYaml('q', [rule('other')], { decision_context: 'd' }),
    )
    const file = FILE + policyYaml('of-d', [rule('of.d')], { decision_context: 'd' })
    const both = { ...body, decision_context: ['c', 'd'] }
    const { unsatisfied_requirements } = decide(both, withFile(file), { policies })
    expect(unsatisfied_requirements.map(({ testcase }) => testcase)).toEqual([
      'dist.upgradepath',
      'own',
      'other',
    ])
  })

  it('may have rules with a validity period', () => {
    const file = policyYaml('x', [rule('t', 'valid_since: 2021-01-01')])
    const sourceUrl = 'git+https://src.fedoraproject.org/rpms/nethack.git#c3c4'
    const builds = { [BUILD]: { kind: 'found' as const, build: { creationTime: 0, sourceUrl } } }
    expect(decide(body, withFile(file, { builds }), { policies: RULE }).summary).toBe('No tests are required')
  })
})
