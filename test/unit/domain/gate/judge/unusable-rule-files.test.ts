/** Rule files that do not exist, are invalid or cannot be looked for (behaviour/greenwave 4; cases A29 to A34). */
import { describe, expect, it } from 'vitest'
import { DecisionError } from '../../../../../src/domain/gate/request/decision-error.ts'
import {
  decide,
  type Outside,
  policiesFrom,
  policyYaml,
  result,
  rounds,
  test as rule,
  waiver,
} from '../../../../support/gate/builders.ts'
import {
  BUILD,
  BUILDS,
  body,
  builtFrom,
  fetched,
  ofSources,
  REQUIRED,
  RULE,
  refusal,
  subject,
  URL_OF_FILE,
  withFile,
} from '../../../../support/rule-files/package-file.ts'

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
