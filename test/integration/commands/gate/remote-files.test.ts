/** Builds and rule files from real clients, gathered and judged (behaviour/greenwave 4, cases A29 to A34). */
import { describe, expect, it } from 'vitest'
import { KojiFault } from '../../../../src/clients/koji/hub/fault.ts'
import { DecisionError } from '../../../../src/domain/gate/request/decision-error.ts'
import {
  CRITICAL,
  NVR,
  policiesFrom,
  policyYaml,
  request,
  test as rule,
} from '../../../support/gate/builders.ts'
import { type GateLabOptions, gateLab } from '../../../support/gate/lab.ts'
import { startHub } from '../../../support/lab/fake-hub.ts'
import { DEAD_URL, serve } from '../../../support/servers/http-server.ts'

const SOURCE = 'git+https://src.example.com/rpms/glibc.git#'
const build = { item: [NVR], type: ['koji_build'] }

async function remoteLab(rules: string[] = ['!RemoteRule {}'], options: GateLabOptions = {}) {
  const lab = await gateLab({ policies: policiesFrom(policyYaml('p', rules)), ...options })
  const putGating = (text: string) => {
    const commit = lab.putFile({ repository: 'rpms/glibc', path: 'gating.yaml', text })
    lab.putBuild(NVR, SOURCE + commit)
    return lab.settings.remoteRulePolicies
      .get('*')?.[0]
      ?.replace('{pkg_namespace}{pkg_name}', 'rpms/glibc')
      .replace('{rev}', commit)
  }
  const decide = (more: Record<string, unknown> = {}) =>
    lab.decide(request({ decision_context: 'c', ...more }))
  return { ...lab, putGating, decide }
}

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

describe('a hub that supports only getBuild', () => {
  async function stub() {
    const hub = await startHub()
    hub.methods.multiCall = () => {
      throw new KojiFault(1, `<class 'Exception'>:method "multiCall" is not supported`)
    }
    hub.methods.getBuild = ([nvr]) => {
      if (nvr === 'refused-1-1') throw new KojiFault(1019, 'no')
      return nvr === 'absent-1-1' ? null : { creation_time: '2021-10-02 12:00:00' }
    }
    return hub
  }
  const recent = [rule('t', 'valid_since: 2021-01-01')]

  it('suffices for a rule with dates', async () => {
    const hub = await stub()
    const { decide } = await remoteLab(recent, { urls: { koji: hub.url } })
    expect(await decide()).toMatchObject({ summary: 'Of 1 required test, 1 result missing' })
    expect(hub.ran).toEqual(['getBuild'])
  })

  it('suffices for several builds, each by itself', async () => {
    const hub = await stub()
    const { gather } = await remoteLab(recent, { urls: { koji: hub.url } })
    const { builds } = await gather({ builds: ['a-1-1', 'absent-1-1', 'refused-1-1'] })
    expect(builds?.get('a-1-1')).toMatchObject({ kind: 'found' })
    expect(builds?.get('absent-1-1')).toEqual({ kind: 'absent' })
    const message = 'Failed to get Koji build for "refused-1-1": no (code: 1019)'
    expect(builds?.get('refused-1-1')).toMatchObject({ kind: 'failed', error: { message } })
    expect(hub.ran.filter((method) => method === 'getBuild')).toHaveLength(3)
    expect(hub.received).toHaveLength(4)
  })
})

describe('a build', () => {
  it('that does not exist or has no revision is a failed fetch', async () => {
    const { decide, putBuild } = await remoteLab()
    expect(await decide()).toMatchObject({
      unsatisfied_requirements: [
        {
          type: 'failed-fetch-gating-yaml',
          error: `Koji build not found for subject_type 'koji_build', subject_identifier '${NVR}'`,
        },
      ],
    })
    putBuild(NVR, 'git+https://src.example.com/rpms/glibc.git')
    expect(await decide()).toMatchObject({ summary: '1 error while trying to fetch remote rule file' })
  })

  it("that the hub refuses to look up is a failed fact with the hub's text, without effect on other builds", async () => {
    const { gather, putBuild, fault } = await remoteLab()
    putBuild('good-1-1', null)
    fault({
      service: 'koji',
      kind: 'call-fault',
      operation: 'getBuild',
      argument: 'bad-1-1',
      code: 1000,
      text: 'no way',
    })
    const { builds } = await gather({ builds: ['good-1-1', 'bad-1-1', 'none-1-1', 'a\u0000-1-1', 'x-y'] })
    expect(builds?.get('good-1-1')).toEqual({
      kind: 'found',
      build: { creationTime: Date.parse('2021-10-02T12:00:00Z'), sourceUrl: null },
    })
    expect(builds?.get('bad-1-1')).toMatchObject({
      kind: 'failed',
      error: {
        kind: 'upstream-failed',
        message: 'Failed to get Koji build for "bad-1-1": no way (code: 1000)',
      },
    })
    expect(builds?.get('none-1-1')).toEqual({ kind: 'absent' })
    expect(builds?.get('a\u0000-1-1')).toEqual({ kind: 'absent' })
    expect(builds?.get('x-y')).toEqual({ kind: 'failed', error: expect.any(DecisionError) })
  })

  it.each([
    [
      'status',
      'upstream-failed',
      /^Error connecting to upstream server: Could not reach Koji: koji: getBuild: HTTP 503$/,
    ],
    ['reset', 'upstream-failed', /^Error connecting to upstream server: Could not reach Koji: koji: /],
    ['hang', 'upstream-timeout', /^Timeout connecting to upstream server: koji: /],
    [
      'garbage',
      'upstream-failed',
      /^Error connecting to upstream server: Could not reach Koji: koji: getBuild: /,
    ],
  ] as const)('of a hub with the fault %s is a failed fact of the kind %s', async (fault, kind, message) => {
    const lab = await remoteLab(['!RemoteRule {}'], {
      client: { timeoutMs: kind === 'upstream-timeout' ? 100 : 20_000 },
    })
    lab.fault({ service: 'koji', kind: fault })
    const { builds } = await lab.gather({ builds: [NVR] })
    expect(builds?.get(NVR)).toEqual({
      kind: 'failed',
      error: expect.objectContaining({ kind, message: expect.stringMatching(message) }),
      ...(kind === 'upstream-failed' && { isUnreachable: true }),
    })
  })

  it('is a failed fact when no hub is configured or reachable', async () => {
    for (const [koji, reason] of [
      [null, 'KOJI_BASE_URL is not set'],
      [DEAD_URL, 'ECONNREFUSED'],
    ] as const) {
      const { gather } = await remoteLab(['!RemoteRule {}'], { urls: { koji } })
      const { builds } = await gather({ builds: [NVR] })
      const message = expect.stringContaining(reason)
      expect(builds?.get(NVR)).toMatchObject({ kind: 'failed', error: { kind: 'upstream-failed', message } })
    }
  })

  it('is fetched in few requests', async () => {
    const { gather, putBuild, calls, world } = await remoteLab()
    const nvrs = Array.from({ length: 600 }, (_none, n) => `package-${n}-1.0-1.fc40`)
    for (const nvr of nvrs) putBuild(nvr, `${SOURCE}c3c4`)
    const { builds } = await gather({ builds: nvrs })
    expect([builds?.size, calls('koji'), world.kojiCalls.get('getBuild')]).toEqual([600, 3, 600])
  })

  it('provides its creation time for rules with a validity period', async () => {
    const { decide, putBuild } = await remoteLab([rule('t', 'valid_until: 2021-10-02T12:00:01')])
    putBuild(NVR, null, Date.parse('2021-10-02T12:00:00.999Z'))
    expect((await decide()).summary).toBe('Of 1 required test, 1 result missing')
    putBuild(NVR, null, Date.parse('2021-10-02T12:00:01Z'))
    expect((await decide()).summary).toBe('No tests are required')
  })
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
