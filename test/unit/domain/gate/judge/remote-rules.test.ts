/** Rules in the repository of the package (behaviour/greenwave 4; cases A29 to A34). */
import { describe, expect, it } from 'vitest'
import type { BuildFact } from '../../../../../src/domain/gate/facts/facts.ts'
import { DecisionError } from '../../../../../src/domain/gate/request/decision-error.ts'
import {
  decide,
  NO_TRIPLET,
  type Outside,
  policiesFrom,
  policyYaml,
  request,
  result,
  rounds,
  test as rule,
  SETTINGS,
  waiver,
} from '../../../../support/gate/builders.ts'

const BUILD = 'nethack-1.2.3-1.el9000'
const URL_OF_FILE = 'https://src.fedoraproject.org/rpms/nethack/raw/c3c4/f/gating.yaml'
const subject = { subject_type: 'koji_build', subject_identifier: BUILD }
const body = request({ ...subject, decision_context: 'c' })
const FILE = policyYaml('of-the-package', [rule('dist.upgradepath')])
const RULE = policiesFrom(policyYaml('p', ['!RemoteRule {}']))
const REQUIRED = policiesFrom(policyYaml('p', ['!RemoteRule {required: true}']))
const fetched = {
  type: 'fetched-gating-yaml',
  testcase: 'fetched-gating-yaml',
  ...subject,
  source: URL_OF_FILE,
}

function builtFrom(sourceUrl: string | null): Record<string, BuildFact> {
  return { [BUILD]: { kind: 'found', build: { creationTime: null, sourceUrl } } }
}

const BUILDS = builtFrom('git+https://src.fedoraproject.org/rpms/nethack.git#c3c4')
const withFile = (text: string, more: Outside = {}): Outside => ({
  builds: BUILDS,
  files: { [URL_OF_FILE]: text },
  ...more,
})
const ofSources = (...sources: string[]) =>
  policiesFrom(policyYaml('p', [`!RemoteRule {sources: [${sources}]}`]))

/** The error instead of a decision, as `kind: message`. */
function refusal(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof DecisionError) return `${error.kind}: ${error.message}`
    throw error
  }
  throw new Error('expected a DecisionError')
}

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

describe('a rule file that does not exist', () => {
  it('demands nothing', () => {
    expect(decide(body, { builds: BUILDS }, { policies: RULE })).toMatchObject({
      policies_satisfied: true,
      summary: 'No tests are required',
      satisfied_requirements: [],
      unsatisfied_requirements: [],
    })
  })

  it('is an unmet requirement if required, and can be waived', () => {
    const { decision, rounds: steps } = rounds(body, { builds: BUILDS }, { policies: REQUIRED })
    expect(decision.summary).toBe('1 error due to missing remote rule file')
    expect(steps.map(({ waivers }) => waivers.length)).toEqual([0, 0, 1])
    expect(decide(body, { builds: BUILDS }, { policies: REQUIRED }).unsatisfied_requirements).toEqual([
      {
        ...{ type: 'missing-gating-yaml', testcase: 'missing-gating-yaml', ...subject },
        ...{ scenario: null, sources: [URL_OF_FILE] },
      },
    ])
    const waivers = [waiver('missing-gating-yaml', { subjectIdentifier: BUILD })]
    const waived = decide(body, { builds: BUILDS, waivers }, { policies: REQUIRED })
    expect(waived).toMatchObject({
      policies_satisfied: true,
      satisfied_requirements: [],
      unsatisfied_requirements: [],
    })
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

describe('an invalid rule file', () => {
  it.each([
    ['is not valid YAML', 'a: b: c', /^YAML Parser Error: /],
    [
      'refers to another file',
      policyYaml('test', ['!RemoteRule {}']),
      /^Policy 'test': RemoteRule is not allowed in remote policies$/,
    ],
  ])('that %s is an unmet requirement', (_, text, details) => {
    const decision = decide(body, withFile(text), { policies: RULE })
    expect(decision.summary).toBe('1 error due to invalid remote rule file')
    expect(decision.satisfied_requirements).toEqual([fetched])
    expect(decision.unsatisfied_requirements).toEqual([
      {
        ...{ type: 'invalid-gating-yaml', testcase: 'invalid-gating-yaml', ...subject, scenario: null },
        ...{ source: URL_OF_FILE, details: expect.stringMatching(details) },
      },
    ])
  })

  it('counts as absent once it is waived', () => {
    const waivers = [waiver('invalid-gating-yaml', { subjectIdentifier: BUILD })]
    const decision = decide(body, withFile('a: b: c', { waivers }), { policies: RULE })
    expect(decision).toMatchObject({ policies_satisfied: true, summary: 'No tests are required' })
    expect(decision.satisfied_requirements).toEqual([fetched])
    expect(decision.unsatisfied_requirements).toEqual([])
  })

  it('does not hide the test answers of other policies', () => {
    const policies = policiesFrom(policyYaml('p', ['!RemoteRule {}', rule('a'), rule('b')]))
    const results = [result('a', 'PASSED', { nvr: BUILD })]
    const { summary } = decide(body, withFile('a: b: c', { results }), { policies })
    expect(summary).toBe('1 error due to invalid remote rule file. Of 2 required tests, 1 result missing')
  })
})

describe('several sources', () => {
  const policies = ofSources('https://a/1', 'https://a/2', 'https://a/3')

  it('are tried in order: the first file that exists counts', () => {
    const outside = { files: { 'https://a/2': FILE, 'https://a/3': 'a: b: c' } }
    expect(decide(body, outside, { policies }).satisfied_requirements).toMatchObject([
      { source: 'https://a/2' },
    ])
  })

  it('take one round, however many they are', () => {
    const { rounds: steps, decision } = rounds(body, {}, { policies })
    expect(steps.map(({ files }) => files)).toEqual([[['https://a/1', 'https://a/2', 'https://a/3']]])
    expect(decision.summary).toBe('No tests are required')
  })

  it('may include an invalid one that is not reached', () => {
    const sources = '["https://a/1", "https://a/2", "https://{who_knows}/3"]'
    const wrong = { policies: policiesFrom(policyYaml('p', [`!RemoteRule {sources: ${sources}}`])) }
    const bodies = {
      ...body,
      subject: Array.from({ length: 30 }, (_, n) => ({ type: 'koji_build', item: `a-1-${n}` })),
    }
    expect(decide(bodies, { files: { 'https://a/2': FILE } }, wrong).summary).toMatch(/30 results missing/)
    expect(refusal(() => decide(bodies, {}, wrong))).toBe(
      'upstream-failed: Unexpected error while fetching remote policies',
    )
  })

  it('fail only when the failing one is reached', () => {
    const error = new DecisionError('upstream-failed', 'down')
    const failing = { 'https://a/3': { kind: 'failed' as const, error } }
    expect(decide(body, { files: { ...failing, 'https://a/2': FILE } }, { policies }).summary).toMatch(
      /1 result missing/,
    )
    expect(refusal(() => decide(body, { files: failing }, { policies }))).toBe('upstream-failed: down')
  })

  it('are all listed when none of them has a required file', () => {
    const required = policiesFrom(
      policyYaml('p', ['!RemoteRule {required: yes, sources: ["https://a/1", "https://a/2"]}']),
    )
    const { unsatisfied_requirements } = decide(body, {}, { policies: required })
    expect(unsatisfied_requirements).toMatchObject([{ sources: ['https://a/1', 'https://a/2'] }])
  })
})

describe('a build without a rule file', () => {
  const unmetOf = (outside: Outside, more = {}, policies = RULE) =>
    decide({ ...body, ...more }, outside, { policies }).unsatisfied_requirements

  it('that is unknown is a failed fetch', () => {
    const error = `Koji build not found for subject_type 'koji_build', subject_identifier '${BUILD}'`
    expect(unmetOf({})).toEqual([
      {
        type: 'failed-fetch-gating-yaml',
        testcase: 'failed-fetch-gating-yaml',
        ...subject,
        scenario: null,
        sources: [],
        error,
      },
    ])
    expect(decide(body, {}, { policies: RULE }).summary).toBe(
      '1 error while trying to fetch remote rule file',
    )
  })

  it('whose name is not an NVR is a failed fetch', () => {
    const error = "Failed to get remote policies: 400 Bad Request: Invalid NVR format: 'foo'"
    expect(unmetOf({}, { subject_identifier: 'foo' })).toMatchObject([{ error }])
  })

  it('whose source has no revision is a failed fetch', () => {
    const error = `Failed to parse SCM URL "git://h/rpms/nethack" from Koji build "${BUILD}" at "http://koji.example/kojihub" (missing URL fragment with SCM revision information)`
    expect(unmetOf({ builds: builtFrom('git://h/rpms/nethack') })).toMatchObject([{ error }])
    expect(unmetOf({ builds: builtFrom('git://h/rpms/nethack#') })).toHaveLength(1)
  })

  it('that has no source demands nothing', () => {
    expect(unmetOf({ builds: builtFrom(null) })).toEqual([])
    expect(unmetOf({ builds: builtFrom(null) }, {}, REQUIRED)).toMatchObject([
      { type: 'missing-gating-yaml', sources: [] },
    ])
  })

  it('is a failed fetch that lists the places tried before', () => {
    const policies = ofSources('"https://a/1"', '"https://a/{rev}"')
    expect(unmetOf({}, {}, policies)).toMatchObject([
      { type: 'failed-fetch-gating-yaml', sources: ['https://a/1'] },
    ])
  })

  it('prevents a decision when the build system fails', () => {
    const builds = {
      [BUILD]: { kind: 'failed' as const, error: new DecisionError('upstream-failed', 'the hub refused') },
    }
    expect(refusal(() => decide(body, { builds }, { policies: RULE }))).toBe(
      'upstream-failed: the hub refused',
    )
  })

  it('hides why the build system cannot be reached, and keeps it as the cause', () => {
    const error = new DecisionError('upstream-failed', 'connection refused')
    const builds = { [BUILD]: { kind: 'failed' as const, error, isUnreachable: true as const } }
    const attempt = () => decide(body, { builds }, { policies: RULE })
    expect(refusal(attempt)).toBe('upstream-failed: Unexpected error while fetching remote policies')
    expect(attempt).toThrow(expect.objectContaining({ cause: error }))
  })
})

describe('templates', () => {
  const settings = (templates: string[]) => ({ ...SETTINGS, remoteRulePolicies: new Map([['*', templates]]) })
  const locate = (template: string) =>
    rounds(body, { builds: BUILDS }, { policies: RULE, settings: settings([template]) }).rounds.flatMap(
      ({ files }) => files.flat(),
    )

  it('support four placeholders and doubled braces', () => {
    expect(locate('http://x/{{{subject_id}}}/{pkg_namespace}|{pkg_name}|{rev}')).toEqual([
      `http://x/{${BUILD}}/rpms/|nethack|c3c4`,
    ])
  })

  it.each([
    ['http://x/{other}', '{other}'],
    ['http://x/{', '{'],
    ['http://x/{rev}}', '}'],
    ['http://x/{toString}', '{toString}'],
  ])('are invalid: %s', (template, wrong) => {
    const attempt = () => locate(template)
    expect(refusal(attempt)).toBe('upstream-failed: Unexpected error while fetching remote policies')
    const message = `The URL template ${template} has ${wrong}, which is not a placeholder`
    expect(attempt).toThrow(expect.objectContaining({ cause: expect.objectContaining({ message }) }))
  })

  it('are required', () => {
    const none = { ...SETTINGS, remoteRulePolicies: new Map() }
    const attempt = () => decide(body, {}, { policies: RULE, settings: none })
    expect(refusal(attempt)).toBe('upstream-failed: Unexpected error while fetching remote policies')
    const subject = `subject_type 'koji_build', subject_identifier '${BUILD}'`
    const message = `Cannot use a remote rule for ${subject} subject as it has not been configured`
    expect(attempt).toThrow(expect.objectContaining({ cause: expect.objectContaining({ message }) }))
    const old = { ...none, distGitUrlTemplate: 'http://x/{subject_id}' }
    const { rounds: steps } = rounds(body, {}, { policies: RULE, settings: old })
    expect(steps[0]?.files).toEqual([[`http://x/${BUILD}`]])
  })
})

describe('the rules in a request', () => {
  const onDemand = (...sources: string[]) => ({
    ...{ product_version: 'fedora-26', subject_type: 'koji_build', subject_identifier: BUILD },
    rules: [{ type: 'RemoteRule', sources }],
  })

  it('use the policies of a file for the product version, in any decision context', () => {
    const file = [
      policyYaml('x', [rule('one')], { decision_context: 'any' }),
      policyYaml('y', [rule('two')], { product_versions: '[rhel-8]' }),
    ].join('')
    const decision = decide(onDemand(), withFile(file))
    expect(decision.unsatisfied_requirements.map(({ testcase }) => testcase)).toEqual(['one'])
    const several = { ...onDemand(), product_versions: ['rhel-9', 'fedora-*', 'fedora-26'] }
    expect(decide(several, withFile(file)).unsatisfied_requirements).toEqual(
      decision.unsatisfied_requirements,
    )
  })

  it.each([
    ['https://src.fedoraproject.org/x', 'https://src.fedoraproject.org/x'],
    ['http://src.fedoraproject.org/{rev}', 'http://src.fedoraproject.org/c3c4'],
  ])('may name sources on allowed hosts: %s', (source, url) => {
    const { rounds: steps } = rounds(onDemand(source), { builds: BUILDS })
    expect(steps.flatMap(({ files }) => files)).toEqual([[url]])
  })

  it('may leave the sources to the settings, whose hosts need not be allowed', () => {
    const settings = { ...SETTINGS, onDemandSourceHosts: new Set<string>() }
    const { rounds: steps } = rounds(onDemand(), { builds: BUILDS }, { settings })
    expect(steps.flatMap(({ files }) => files)).toEqual([[URL_OF_FILE]])
  })

  it.each([
    'https://evil.example/x',
    'https://src.fedoraproject.org:8443/x',
    'https://src.fedoraproject.org@evil.example/x',
    'https://user@src.fedoraproject.org/x',
    'https://:password@src.fedoraproject.org/x',
    'ftp://src.fedoraproject.org/x',
    'file:///etc/passwd',
    'not a URL',
    'https://{subject_id}/x',
  ])('may not send the server to %s', (source) => {
    expect(refusal(() => decide(onDemand(source)))).toMatch(
      /^bad-request: Source .* is not on an allowed host$/,
    )
  })
})

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
