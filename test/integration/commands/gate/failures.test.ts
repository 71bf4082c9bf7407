/** Slow, failing or garbled outside services: the caller gets an error in time, and other requests proceed. */
import { describe, expect, it } from 'vitest'
import type { FaultKind, Service } from '../../../../lab/fault-rule.ts'
import type { DecisionError, DecisionFault } from '../../../../src/domain/gate/request/decision-error.ts'
import type { Subject } from '../../../../src/domain/gate/subject/subject.ts'
import { subjectTypeNamed } from '../../../../src/domain/gate/subject/subject-type.ts'
import { CRITICAL, NVR, request, TYPES } from '../../../support/gate/builders.ts'
import { gateLab } from '../../../support/gate/lab.ts'
import { DEAD_URL } from '../../../support/servers/http-server.ts'

const build = { item: [NVR], type: ['koji_build'] }
const subject: Subject = { type: subjectTypeNamed(TYPES, 'koji_build'), identifier: NVR }
const results = [{ subject, testCases: ['t1'] }]
const waivers = [
  { subjectType: 'koji_build', subjectIdentifier: NVR, productVersion: 'fedora-26', testCase: 't1' },
]

describe('a decision', () => {
  it.each<[Service, FaultKind, DecisionFault, RegExp]>([
    [
      'resultsdb',
      'status',
      'upstream-failed',
      /^Got unexpected status code 500 for http:.*\/results\/latest\?(?:item|original_spec_nvr)=.*: Internal Server Error\n$/,
    ],
    ['resultsdb', 'empty', 'upstream-failed', /^Unexpected answer from upstream server: resultsdb: /],
    [
      'resultsdb',
      'garbage',
      'upstream-failed',
      /^Unexpected answer from upstream server: resultsdb: .*not valid JSON$/,
    ],
    ['resultsdb', 'reset', 'upstream-failed', /^Error connecting to upstream server: resultsdb: /],
    [
      'resultsdb',
      'hang',
      'upstream-timeout',
      /^Timeout connecting to upstream server: resultsdb: .*no answer within 100 ms$/,
    ],
    ['resultsdb', 'slow', 'upstream-timeout', /^Timeout connecting to upstream server: resultsdb: /],
    [
      'waiverdb',
      'status',
      'upstream-failed',
      /^Got unexpected status code 500 for http:.*\/waivers\/\+filtered: Internal Server Error\n$/,
    ],
    ['waiverdb', 'garbage', 'upstream-failed', /^Unexpected answer from upstream server: waiverdb: /],
    ['waiverdb', 'hang', 'upstream-timeout', /^Timeout connecting to upstream server: waiverdb: /],
  ])(
    'that needs %s with the fault %s ends with the kind %s and its name',
    async (service, fault, kind, message) => {
      const { decide, fault: inject } = await gateLab({
        client: { timeoutMs: kind === 'upstream-timeout' ? 100 : 20_000 },
      })
      inject({ service, kind: fault, status: 500, delayMs: 5000 })
      await expect(decide(request())).rejects.toMatchObject({
        name: 'DecisionError',
        kind,
        message: expect.stringMatching(message),
      })
    },
  )

  it('succeeds when a service recovers within the attempts', async () => {
    const { decide, fault, putResult } = await gateLab()
    for (const testCase of CRITICAL) putResult({ testCase, outcome: 'PASSED', data: build })
    fault({ service: 'resultsdb', kind: 'status', times: 2 })
    expect(await decide(request())).toMatchObject({ policies_satisfied: true })
  })

  it('ends with upstream-failed when no server listens', async () => {
    const nowhere = DEAD_URL
    const { decide } = await gateLab({ urls: { resultsDb: nowhere } })
    await expect(decide(request())).rejects.toMatchObject({
      kind: 'upstream-failed',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('ends at its deadline, not at the timeout of the client', async () => {
    const { decide, fault } = await gateLab({ client: { timeoutMs: 60_000 } })
    fault({ service: 'resultsdb', kind: 'hang' })
    await expect(decide(request(), AbortSignal.timeout(150))).rejects.toMatchObject({
      kind: 'upstream-timeout',
      message:
        'Timeout connecting to upstream server: resultsdb: no answer before the deadline of the decision',
    })
  })

  it('that fails in one part aborts the other parts, which frees their connections', async () => {
    const { gather, fault } = await gateLab({ client: { timeoutMs: 60_000, concurrency: 1 } })
    fault({ service: 'resultsdb', kind: 'hang', times: 1 })
    fault({ service: 'waiverdb', kind: 'garbage', times: 1 })
    await expect(gather({ results, waivers })).rejects.toMatchObject({ kind: 'upstream-failed' })
    expect(await gather({ results, waivers }, AbortSignal.timeout(30_000))).toMatchObject({ waivers: [] })
  })

  it('reports that its URLs are too long for the server', async () => {
    const { decide } = await gateLab({ maxUrl: 100_000 })
    const subjects = Array.from({ length: 200 }, (_none, n) => ({
      type: 'koji_build',
      item: `package-number-${n}-1-1`,
    }))
    await expect(decide(request({ subject: subjects }))).rejects.toMatchObject({
      kind: 'upstream-failed',
      message: expect.stringMatching(/^Got unexpected status code 414 for http/),
    })
  })
})

describe('while a service hangs', () => {
  it('requests that do not need it proceed', async () => {
    const { gather, fault } = await gateLab({ client: { timeoutMs: 60_000 } })
    fault({ service: 'resultsdb', kind: 'hang' })
    const hanging = Array.from({ length: 50 }, (_none, n) =>
      gather(
        { results: [{ subject: { ...subject, identifier: `n${n}-1-1` }, testCases: ['t'] }] },
        AbortSignal.timeout(500),
      ).catch(({ kind }: DecisionError) => kind),
    )
    expect(await gather({ waivers })).toMatchObject({ waivers: [] })
    expect(new Set(await Promise.all(hanging))).toEqual(new Set(['upstream-timeout']))
  })

  it('abandoned requests free their slots, so that the next one succeeds as soon as the service recovers', async () => {
    const { world, gather, fault } = await gateLab({ client: { timeoutMs: 60_000, concurrency: 2 } })
    fault({ service: 'resultsdb', kind: 'hang' })
    const hanging = Array.from({ length: 30 }, (_none, n) =>
      gather(
        { results: [{ subject: { ...subject, identifier: `n${n}-1-1` }, testCases: ['t'] }] },
        AbortSignal.timeout(200),
      ).catch(() => undefined),
    )
    await Promise.all(hanging)
    world.faults.length = 0
    // Its attempts would take a minute each, and there are two slots.
    expect(await gather({ results }, AbortSignal.timeout(30_000))).toMatchObject({
      results: [{ results: [] }],
    })
  })

  it('a large request leaves slots for a small one', async () => {
    const { gather, fault, putResult } = await gateLab({
      maxUrl: 220,
      concurrency: 2,
      client: { concurrency: 4 },
    })
    putResult({ testCase: 't1', outcome: 'PASSED', data: build })
    fault({ service: 'resultsdb', kind: 'slow', delayMs: 100 })
    const many = Array.from({ length: 30 }, (_none, n) => ({
      subject: { ...subject, identifier: `package-${n}-1-1` },
      testCases: ['t1'],
    }))
    const ended: string[] = []
    const big = gather({ results: many }).then(() => ended.push('big'))
    const small = gather({ results }).then(() => ended.push('small'))
    await Promise.all([big, small])
    expect(ended).toEqual(['small', 'big'])
  })
})
