/** Builds from real clients, gathered and judged (behaviour/greenwave 4, cases A29 to A34). */
import { describe, expect, it } from 'vitest'
import { KojiFault } from '../../../../../src/clients/koji/hub/fault.ts'
import { DecisionError } from '../../../../../src/domain/gate/request/decision-error.ts'
import { NVR, test as rule } from '../../../../support/gate/builders.ts'
import { startHub } from '../../../../support/lab/fake-hub.ts'
import { remoteLab, SOURCE } from '../../../../support/rule-files/lab.ts'
import { DEAD_URL } from '../../../../support/servers/http-server.ts'

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
