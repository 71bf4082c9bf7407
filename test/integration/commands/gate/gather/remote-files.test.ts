/** Rule files from real clients, gathered and judged (behaviour/greenwave 4, cases A29 to A34). */
import { describe, expect, it } from 'vitest'
import { CRITICAL, NVR, policiesFrom, policyYaml, test as rule } from '../../../../support/gate/builders.ts'
import { remoteLab, SOURCE } from '../../../../support/rule-files/lab.ts'
import { serve } from '../../../../support/servers/http-server.ts'

const build = { item: [NVR], type: ['koji_build'] }

const GATING = policyYaml('inner', [rule('dist.upgradepath')], { product_versions: '["*"]' })

describe('a rule file', () => {
  it('is found by the source of the build, and its rules apply', async () => {
    const { decide, putGating, putResult, calls } = await remoteLab()
    const source = putGating(GATING)
    expect(await decide()).toMatchObject({
      satisfied_requirements: [{ type: 'fetched-gating-yaml', source }],
      unsatisfied_requirements: [{ type: 'test-result-missing', testcase: 'dist.upgradepath', source }],
    })
    putResult({ testCase: 'dist.upgradepath', outcome: 'PASSED', data: build })
    expect(await decide()).toMatchObject({ policies_satisfied: true })
    expect([calls('koji'), calls('distgit')]).toEqual([2, 2])
  })

  it('that does not exist demands nothing, unless it is required', async () => {
    const { decide, putBuild } = await remoteLab()
    putBuild(NVR, `${SOURCE}c3c4`)
    expect(await decide()).toMatchObject({ summary: 'No tests are required' })
    const required = await remoteLab(['!RemoteRule {required: true}'])
    required.putBuild(NVR, `${SOURCE}c3c4`)
    expect(await required.decide()).toMatchObject({ summary: '1 error due to missing remote rule file' })
    expect(required.calls('waiverdb')).toBe(1)
  })

  it.each([
    ['a: b: c', /^YAML Parser Error: /],
    [policyYaml('x', ['!RemoteRule {}']), /RemoteRule is not allowed in remote policies/],
    [policyYaml('x', [rule('"a\\0b"')]), /unacceptable character #x0000: special characters are not allowed/],
    ['#'.repeat(1024 * 1024 + 1), /^The file is larger than 1048576 bytes$/],
  ])('that is invalid (%#) is reported with its fault', async (text, details) => {
    const { decide, putGating } = await remoteLab()
    const source = putGating(text)
    expect(await decide()).toMatchObject({
      unsatisfied_requirements: [
        { type: 'invalid-gating-yaml', source, details: expect.stringMatching(details) },
      ],
    })
  })

  it('that is not UTF-8 is reported with its fault', async () => {
    const { url } = await serve((_request, response) => {
      response.end(Buffer.from(policyYaml('caf\u00e9', [rule('t')]), 'latin1'))
    })
    const source = `${url}/gating.yaml`
    const { decide, putBuild } = await remoteLab([`!RemoteRule {sources: ["${source}"]}`])
    putBuild(NVR, `${SOURCE}c3c4`)
    expect(await decide()).toMatchObject({
      satisfied_requirements: [{ type: 'fetched-gating-yaml', source }],
      unsatisfied_requirements: [
        {
          type: 'invalid-gating-yaml',
          source,
          details: expect.stringMatching(/^YAML Parser Error: the text is not UTF-8/),
        },
      ],
    })
  })

  it.each([
    ['http://alice:hunter2@', 'http://alice:***@', ''],
    ['http://s3cret@', 'http://***@', ''],
    ['http://', 'http://', '?private_token=hunter2'],
  ])('is named without the credentials of its address (%s)', async (before, shown, query) => {
    let status = 200
    const { url } = await serve((_request, response) => {
      response.writeHead(status).end(policyYaml('x', [rule('t')], { product_versions: '["*"]' }))
    })
    const secret = `${url.replace('http://', before)}/gating.yaml${query}`
    const named = `${url.replace('http://', shown)}/gating.yaml${query.replace('hunter2', '***')}`
    const { decide, putBuild } = await remoteLab([`!RemoteRule {sources: ["${secret}"]}`])
    putBuild(NVR, `${SOURCE}c3c4`)
    expect(await decide()).toMatchObject({
      satisfied_requirements: [{ type: 'fetched-gating-yaml', source: named }],
      unsatisfied_requirements: [{ type: 'test-result-missing', source: named }],
    })
    status = 404
    expect(await decide()).toMatchObject({ summary: 'No tests are required' })
    status = 500
    const error = await decide().catch((thrown: Error) => thrown)
    expect(String(error)).toContain(`Got unexpected status code 500 for ${named}`)
  })

  it('of a side tag is found without the build system', async () => {
    const { decide, putFile, calls } = await remoteLab(['!RemoteRule {}'], {
      policies: policiesFrom(policyYaml('p', ['!RemoteRule {}'], { subject_type: 'brew-build-group' })),
    })
    const text = policyYaml('side', [rule('t')], {
      product_versions: '["*"]',
      subject_type: 'brew-build-group',
    })
    putFile({ repository: 'devops/greenwave-policies/side-tags', branch: 'master', path: '0f41.yaml', text })
    const decision = await decide({ subject_type: 'brew-build-group', subject_identifier: 'sha256:0f41' })
    expect(decision.summary).toBe('Of 1 required test, 1 result missing')
    expect(calls('koji')).toBe(0)
  })

  it.each([
    [
      'status',
      'upstream-failed',
      /^Got unexpected status code 500 for http:.*gating\.yaml: Internal Server Error\n$/,
    ],
    ['hang', 'upstream-timeout', /^Timeout connecting to upstream server: dist-git: /],
    ['redirect', 'upstream-failed', /^Got unexpected status code 302 for http:.*: redirects to another host/],
  ] as const)(
    'on a server with the fault %s ends the decision with the kind %s',
    async (fault, kind, message) => {
      const lab = await remoteLab(['!RemoteRule {}'], {
        client: { timeoutMs: kind === 'upstream-timeout' ? 100 : 20_000 },
      })
      lab.putGating(GATING)
      lab.fault({ service: 'distgit', kind: fault, status: 500 })
      await expect(lab.decide()).rejects.toMatchObject({ kind, message: expect.stringMatching(message) })
    },
  )
})

describe('a request with rule sources', () => {
  it('reads them from allowed hosts only', async () => {
    const { decide, putFile, settings, calls } = await remoteLab()
    putFile({ repository: 'rpms/x', path: 'gating.yaml', text: GATING })
    const [template = ''] = settings.remoteRulePolicies.get('*') ?? []
    const { origin } = new URL(template)
    const rules = [{ type: 'RemoteRule', sources: [`${origin}/rpms/x/raw/main/f/gating.yaml`] }]
    const decideWithRules = () => decide({ decision_context: undefined, rules })
    await expect(decideWithRules()).rejects.toMatchObject({ kind: 'bad-request' })
    expect(calls('distgit')).toBe(0)
  })

  it('finds them when the host is allowed', async () => {
    const lab = await remoteLab()
    const { host, origin } = new URL(lab.settings.remoteRulePolicies.get('*')?.[0] ?? '')
    lab.settings.onDemandSourceHosts = new Set([host])
    lab.putFile({ repository: 'rpms/x', path: 'gating.yaml', text: GATING })
    for (const testCase of CRITICAL) lab.putResult({ testCase, outcome: 'PASSED', data: build })
    const rules = [{ type: 'RemoteRule', sources: [`${origin}/rpms/x/raw/main/f/gating.yaml`] }]
    expect((await lab.decide({ decision_context: undefined, rules })).satisfied_requirements).toMatchObject([
      { type: 'fetched-gating-yaml' },
      { type: 'test-result-passed', testcase: 'dist.upgradepath' },
    ])
  })
})
