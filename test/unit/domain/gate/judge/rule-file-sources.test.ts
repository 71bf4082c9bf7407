/** Where a rule file is looked for: in several sources, by templates of the settings, or where a request says (behaviour/greenwave 4). */
import { describe, expect, it } from 'vitest'
import { DecisionError } from '../../../../../src/domain/gate/request/decision-error.ts'
import {
  decide,
  policiesFrom,
  policyYaml,
  rounds,
  test as rule,
  SETTINGS,
} from '../../../../support/gate/builders.ts'
import {
  BUILD,
  BUILDS,
  body,
  FILE,
  ofSources,
  RULE,
  refusal,
  URL_OF_FILE,
  withFile,
} from '../../../../support/rule-files/package-file.ts'

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
