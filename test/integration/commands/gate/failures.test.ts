/** Outside services that are slow, failing or talking rubbish: the caller is told in time, and others go on. */
import { describe, expect, it } from 'vitest'
import type { FaultKind, Service } from '../../../../lab/fault-rule.ts'
import type { Subject } from '../../../../src/domain/gate/subject/subject.ts'
import { subjectTypeNamed } from '../../../../src/domain/gate/subject/subject-type.ts'
import { CRITICAL, NVR, request, TYPES } from '../../../support/gating.ts'
import { gatingLab } from '../../../support/gating-lab.ts'
import { deadUrl } from '../../../support/http-server.ts'

const build = { item: [NVR], type: ['koji_build'] }
const subject: Subject = { type: subjectTypeNamed(TYPES, 'koji_build'), identifier: NVR }
const results = [{ subject, testCases: ['t1'] }]
const waivers = [
  { subjectType: 'koji_build', subjectIdentifier: NVR, productVersion: 'fedora-26', testCase: 't1' },
]

describe('a decision', () => {
  it.each<[Service, FaultKind, number, RegExp]>([
    [
      'resultsdb',
      'broken',
      502,
      /^Got unexpected status code 500 for http:.*\/results\/latest\?item=.*: Internal Server Error\n$/,
    ],
    ['resultsdb', 'unavailable', 502, /^Got unexpected status code 503 for http:.*: Service Unavailable\n$/],
    ['resultsdb', 'rubbish', 502, /^Unexpected answer from upstream server: resultsdb: .*not valid JSON$/],
    ['resultsdb', 'drop', 502, /^Error connecting to upstream server: resultsdb: /],
    [
      'resultsdb',
      'hang',
      504,
      /^Timeout connecting to upstream server: resultsdb: .*no answer within 100 ms$/,
    ],
    ['resultsdb', 'slow', 504, /^Timeout connecting to upstream server: resultsdb: /],
    [
      'waiverdb',
      'broken',
      502,
      /^Got unexpected status code 500 for http:.*\/waivers\/\+filtered: Internal Server Error\n$/,
    ],
    ['waiverdb', 'rubbish', 502, /^Unexpected answer from upstream server: waiverdb: /],
    ['waiverdb', 'hang', 504, /^Timeout connecting to upstream server: waiverdb: /],
  ])('that needs %s while it is %s ends with its status and name', async (service, kind, status, message) => {
    const { decide, fault } = await gatingLab({ client: { timeoutMs: 100 } })
    fault({ service, kind, delayMs: 5000 })
    await expect(decide(request())).rejects.toMatchObject({
      name: 'DecisionError',
      status,
      message: expect.stringMatching(message),
    })
  })

  it('goes well when a service recovers within the tries', async () => {
    const { decide, fault, putResult } = await gatingLab()
    for (const testCase of CRITICAL) putResult({ testCase, outcome: 'PASSED', data: build })
    fault({ service: 'resultsdb', kind: 'unavailable', times: 2 })
    expect(await decide(request())).toMatchObject({ policies_satisfied: true })
  })

  it('without services ends with 502', async () => {
    const nowhere = await deadUrl()
    const { decide } = await gatingLab({ urls: { resultsDb: nowhere } })
    await expect(decide(request())).rejects.toMatchObject({
      status: 502,
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('ends at its deadline, not when the client would have given up', async () => {
    const { decide, fault } = await gatingLab({ client: { timeoutMs: 60_000 } })
    fault({ service: 'resultsdb', kind: 'hang' })
    const started = performance.now()
    await expect(decide(request(), AbortSignal.timeout(150))).rejects.toMatchObject({
      status: 504,
      message:
        'Timeout connecting to upstream server: resultsdb: no answer within the time a decision may take',
    })
    expect(performance.now() - started).toBeLessThan(20_000)
  })

  it('that fails in one part waits for no other, and frees what the others held', async () => {
    const { gather, fault } = await gatingLab({ client: { timeoutMs: 60_000, concurrency: 1 } })
    fault({ service: 'resultsdb', kind: 'hang', times: 1 })
    fault({ service: 'waiverdb', kind: 'rubbish', times: 1 })
    await expect(gather({ results, waivers })).rejects.toMatchObject({ status: 502 })
    expect(await gather({ results, waivers }, AbortSignal.timeout(5000))).toMatchObject({ waivers: [] })
  })

  it('with URLs that the server finds too long says so', async () => {
    const { decide } = await gatingLab({ maxUrl: 100_000 })
    const subjects = Array.from({ length: 200 }, (_none, n) => ({
      type: 'koji_build',
      item: `package-number-${n}-1-1`,
    }))
    await expect(decide(request({ subject: subjects }))).rejects.toMatchObject({
      status: 502,
      message: expect.stringMatching(/^Got unexpected status code 414 for http/),
    })
  })
})

describe('while a service hangs', () => {
  it('requests that do not need it go on', async () => {
    const { gather, fault } = await gatingLab({ client: { timeoutMs: 60_000 } })
    fault({ service: 'resultsdb', kind: 'hang' })
    const hanging = Array.from({ length: 50 }, (_none, n) =>
      gather(
        { results: [{ subject: { ...subject, identifier: `n${n}-1-1` }, testCases: ['t'] }] },
        AbortSignal.timeout(500),
      ).catch(({ status }: { status: number }) => status),
    )
    expect(await gather({ waivers })).toMatchObject({ waivers: [] })
    expect(new Set(await Promise.all(hanging))).toEqual(new Set([504]))
  })

  it('those who gave up leave their places: the next one is served as soon as it is well again', async () => {
    const { world, gather, fault, calls } = await gatingLab({ client: { timeoutMs: 60_000, concurrency: 2 } })
    fault({ service: 'resultsdb', kind: 'hang' })
    const hanging = Array.from({ length: 30 }, (_none, n) =>
      gather(
        { results: [{ subject: { ...subject, identifier: `n${n}-1-1` }, testCases: ['t'] }] },
        AbortSignal.timeout(200),
      ).catch(() => undefined),
    )
    await Promise.all(hanging)
    world.faults.length = 0
    const before = calls('resultsdb')
    expect(await gather({ results }, AbortSignal.timeout(5000))).toMatchObject({ results: [{ results: [] }] })
    expect(calls('resultsdb') - before).toBe(2)
  })

  it('a big request leaves places for a small one', async () => {
    const { gather, fault, putResult } = await gatingLab({
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
