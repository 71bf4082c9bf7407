/** Explanations: why each policy was checked or not, and what became of each place of a rule file. */
import { describe, expect, it } from 'vitest'
import { DecisionError } from '../../../../../src/domain/gate/request/decision-error.ts'
import { explanationJson } from '../../../../../src/present/gate/explanation.ts'
import {
  explained,
  NVR,
  type Outside,
  type Overrides,
  policiesFrom,
  policyYaml,
  request,
  test as rule,
  SETTINGS,
} from '../../../../support/gate/builders.ts'

const json = (body: object, outside: Outside = {}, overrides: Overrides = {}) =>
  explanationJson(explained(body, outside, overrides).explanation)
const only = (...args: Parameters<typeof json>) => {
  const [subject] = json(...args).subjects
  if (!subject) throw new Error('expected a subject')
  return subject
}
const build = (sourceUrl: string | null, made = '2021-10-02') => ({
  [NVR]: { kind: 'found' as const, build: { creationTime: Date.parse(made), sourceUrl } },
})
const SCM = 'git+https://src.fedoraproject.org/rpms/glibc.git#c3c4'
const URL_OF_FILE = 'https://src.fedoraproject.org/rpms/glibc/raw/c3c4/f/gating.yaml'

describe('an explanation', () => {
  const policies = (more: Record<string, unknown>) =>
    only(request(more)).policies.map(({ policy, applied, condition, because }) => [
      ...[policy, applied, condition, because],
    ])

  it('names the first condition of each policy that failed', () => {
    const all = policies({})
    expect(all).toHaveLength(16)
    expect(all).toContainEqual(['taskotron_release_critical_tasks', true, null, null])
    expect(all).toContainEqual([
      ...['empty-policy', false, 'product version', 'it applies to fedora-24, not to fedora-26'],
    ])
    expect(all).toContainEqual([
      ...['taskotron_release_critical_tasks_for_testing', false, 'decision context'],
      'it applies to bodhi_update_push_testing, not to bodhi_update_push_stable',
    ])
    expect(policies({ product_version: 'fedora-24' })).toContainEqual([
      ...['empty-policy', false, 'subject type', 'it applies to bodhi_update, not to koji_build'],
    ])
  })

  it('names file and line of a policy', () => {
    const yaml = `# two policies\n${policyYaml('one', [])}\n\n${policyYaml('two', [])}`
    const body = request({ decision_context: 'c' })
    const places = only(body, {}, { policies: policiesFrom(yaml) }).policies
    expect(places).toMatchObject([
      { policy: 'one', file: 'policies.yaml', line: 2 },
      { policy: 'two', file: 'policies.yaml', line: 10 },
    ])
    expect(only(request()).policies[0]?.file).toBe('fedora.yaml')
  })

  it('includes policies that apply, but leave out the package', () => {
    const more = { decision_context: 'osci_compose_gate', product_version: 'rhel-something' }
    const of = (nvr: string) =>
      policies({ ...more, subject_identifier: nvr })
        .find(([policy]) => policy === 'osci_compose')
        ?.slice(1)
    expect(of('foo-1-1')).toEqual([true, 'listed package', 'foo is not one of its packages'])
    expect(of('module-build-x-1-1')).toEqual([
      ...[true, 'excluded package', 'module-build-x is one of its excluded packages'],
    ])
    expect(of('avahi-1-1')).toEqual([true, null, null])
  })

  it('includes policies that apply, but have rules that are not in force for the build', () => {
    const rules = [
      rule('late', 'valid_since: 2022-01-01'),
      rule('early', 'valid_until: 2021-01-01'),
      rule('always'),
      rule('now', 'valid_since: 2021-01-01, valid_until: 2022-01-01'),
    ]
    const body = request({ decision_context: 'c' })
    const overrides = { policies: policiesFrom(policyYaml('p', rules)) }
    expect(only(body, { builds: build(null) }, overrides).policies).toMatchObject([
      {
        ...{ applied: true, condition: 'valid time' },
        because:
          'late applies to builds created since 2022-01-01T00:00:00.000Z; early applies to builds created until 2021-01-01T00:00:00.000Z',
      },
    ])
    // Without the build no decision is possible, and nothing is known of its rules.
    expect(only(body, {}, overrides).policies).toMatchObject([{ applied: true, condition: null }])
  })

  it('includes the rules in a request, which have no file', () => {
    const rules = {
      product_version: 'x',
      rules: [{ type: 'RemoteRule' }],
      ...{ subject_type: 'a', subject_identifier: 'b' },
    }
    expect(only(rules).policies).toEqual([
      { policy: 'on-demand-policy', file: null, line: null, applied: true, condition: null, because: null },
    ])
  })

  it('shows all subjects, each as often as it is named, also when no decision can be made', () => {
    const subject = [{ type: 'brew-build', item: NVR }, { original_spec_nvr: NVR }, { type: 'x', item: 'y' }]
    const { decision, explanation } = explained(request({ subject }))
    expect(decision).toBeNull()
    expect(
      explanationJson(explanation).subjects.map((each) => [each.subject_type, each.subject_identifier]),
    ).toEqual([
      ['koji_build', NVR],
      ['koji_build', NVR],
      ['x', 'y'],
    ])
  })

  it('stops where it would be longer than an answer may be, and reports that', () => {
    const yaml = policyYaml('p'.repeat(7_000), [], { product_versions: '[elsewhere]' })
    const subject = Array.from({ length: 20_000 }, (_none, n) => ({ type: 'bodhi_update', item: `${n}` }))
    const { complete, subjects } = json(request({ subject }), {}, { policies: policiesFrom(yaml) })
    expect(complete).toBe(false)
    expect(subjects.length).toBeGreaterThan(10_000)
    expect(subjects.length).toBeLessThan(15_000)
    expect(json(request()).complete).toBe(true)
  })

  it('cuts long lists of names, which it repeats for each policy', () => {
    const contexts = Array.from({ length: 30 }, (_none, n) => `${n}`.padStart(500, 'x'))
    const [first] = only(request({ decision_context: contexts })).policies
    expect(first?.because).toMatch(/ and 10 more$/)
    expect(first?.because?.length).toBeLessThan(6000)
  })
})

describe('the explanation of rule files', () => {
  const policies = policiesFrom(policyYaml('p', ['!RemoteRule {required: true}']))
  const body = request({ decision_context: 'c' })
  const files = (outside: Outside, settings = SETTINGS) => only(body, outside, { policies, settings }).files

  it('has the file that was read, and why its policies apply or not', () => {
    const text = policyYaml('mine', []) + policyYaml('other', [], { decision_context: 'd' })
    expect(files({ builds: build(SCM), files: { [URL_OF_FILE]: text } })).toEqual([
      {
        ...{ url: URL_OF_FILE, outcome: 'read', because: null },
        policies: [
          { policy: 'mine', file: URL_OF_FILE, line: 1, applied: true, condition: null, because: null },
          {
            ...{ policy: 'other', file: URL_OF_FILE, line: 7, applied: false, condition: 'decision context' },
            because: 'it applies to d, not to c',
          },
        ],
      },
    ])
  })

  it('names a policy that only policies of another decision context could refer to', () => {
    const server = policiesFrom(
      policyYaml('p', ['!RemoteRule {}']) + policyYaml('q', [], { decision_context: 'd' }),
    )
    const outside = {
      builds: build(SCM),
      files: { [URL_OF_FILE]: policyYaml('r', [], { decision_context: 'd' }) },
    }
    const [file] = only(request({ decision_context: ['c', 'd'] }), outside, { policies: server }).files
    expect(file?.policies).toMatchObject([{ policy: 'r', applied: false, condition: 'parent policy' }])
  })

  it('has every place up to the first file, and no place behind it', () => {
    const sources = [
      'https://a.example/1',
      'https://a.example/{rev}',
      'https://a.example/3',
      'https://a.example/4',
    ]
    const settings = { ...SETTINGS, remoteRulePolicies: new Map([['*', sources]]) }
    expect(files({ builds: build(null), files: { 'https://a.example/3': 'a: b: c' } }, settings)).toEqual([
      { url: 'https://a.example/1', outcome: 'absent', because: null, policies: [] },
      { url: null, outcome: 'absent', because: 'the build has no source repository', policies: [] },
      {
        url: 'https://a.example/3',
        outcome: 'invalid',
        because: expect.stringMatching(/^YAML/),
        policies: [],
      },
    ])
  })

  it('has why a place cannot be named or read, with the cause that the message hides', () => {
    const place = { url: null, outcome: 'failed', policies: [] }
    expect(files({})).toEqual([{ ...place, because: expect.stringMatching(/^Koji build not found/) }])
    const cause = new DecisionError('upstream-failed', 'Could not reach Koji')
    const failed = { kind: 'failed' as const, error: cause, isUnreachable: true as const }
    expect(files({ builds: { [NVR]: failed } })).toEqual([
      { ...place, because: 'Unexpected error while fetching remote policies: Could not reach Koji' },
    ])
    const error = new DecisionError('upstream-failed', `Got unexpected status code 500 for ${URL_OF_FILE}: x`)
    expect(files({ builds: build(SCM), files: { [URL_OF_FILE]: { kind: 'failed', error } } })).toEqual([
      { ...place, url: URL_OF_FILE, because: error.message },
    ])
    const nowhere = { ...SETTINGS, remoteRulePolicies: new Map<string, string[]>() }
    const because = expect.stringMatching(
      /^Unexpected error .*: Cannot use a remote rule for .* not been configured$/,
    )
    expect(files({}, nowhere)).toEqual([{ ...place, because }])
  })

  it('hides credentials, in texts too', () => {
    const url = 'https://me:pass@a.example/f?private_token=sesame'
    const settings = { ...SETTINGS, remoteRulePolicies: new Map([['*', [url]]]) }
    const error = new DecisionError('upstream-failed', `Got unexpected status code 500 for ${url}: x`)
    for (const file of [{ kind: 'failed' as const, error }, 'a: b: c', policyYaml('p', [])]) {
      const text = JSON.stringify(files({ files: { [url]: file } }, settings))
      expect(text).toContain('https://me:***@a.example/f?private_token=***')
      expect(text).not.toMatch(/pass@|sesame/)
    }
  })
})
