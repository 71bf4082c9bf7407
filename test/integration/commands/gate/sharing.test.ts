/** Concurrent requests share equal calls, without side effects on each other. */
import { describe, expect, it } from 'vitest'
import type { DecisionError } from '../../../../src/domain/gate/request/decision-error.ts'
import type { Subject } from '../../../../src/domain/gate/subject/subject.ts'
import { subjectTypeNamed } from '../../../../src/domain/gate/subject/subject-type.ts'
import { CRITICAL, NVR, request, TYPES } from '../../../support/gate/builders.ts'
import { gateLab } from '../../../support/gate/lab.ts'

const build = { item: [NVR], type: ['koji_build'] }
const subject: Subject = { type: subjectTypeNamed(TYPES, 'koji_build'), identifier: NVR }
const results = [{ subject, testCases: CRITICAL }]

async function untilCalled(calls: () => number, times: number): Promise<void> {
  while (calls() < times) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('concurrent requests for the same subject', () => {
  it('make as many calls as one', async () => {
    const { decide, fault, calls } = await gateLab()
    fault({ service: 'resultsdb', kind: 'slow', delayMs: 50 })
    fault({ service: 'waiverdb', kind: 'slow', delayMs: 50 })
    const decisions = await Promise.all(Array.from({ length: 20 }, () => decide(request())))
    expect(new Set(decisions.map(({ summary }) => summary))).toEqual(
      new Set(['Of 3 required tests, 3 results missing']),
    )
    expect([calls('resultsdb'), calls('waiverdb')]).toEqual([2, 1])
  })

  it('share builds and files too', async () => {
    const { gather, fault, putBuild, settings, calls } = await gateLab()
    putBuild('a-1-1', null)
    fault({ service: 'koji', kind: 'slow', delayMs: 50 })
    fault({ service: 'distgit', kind: 'slow', delayMs: 50 })
    const [template = ''] = settings.remoteRulePolicies.get('brew-build-group') ?? []
    const needs = { builds: ['a-1-1'], files: [[template.replace('{subject_id}', 'x')]] }
    await Promise.all(Array.from({ length: 10 }, () => gather(needs)))
    expect([calls('koji'), calls('distgit')]).toEqual([1, 1])
  })

  it('share nothing when they follow each other without a cache', async () => {
    const { decide, calls } = await gateLab()
    await decide(request())
    await decide(request())
    expect(calls('resultsdb')).toBe(4)
  })

  it('do not share with a request about the past', async () => {
    const { decide, putResult, fault } = await gateLab()
    putResult({
      testCase: 'dist.abicheck',
      outcome: 'FAILED',
      data: build,
      submittedAt: '2021-05-01T00:00:00.000000',
    })
    for (const testCase of CRITICAL)
      putResult({ testCase, outcome: 'PASSED', data: build, submittedAt: '2021-06-01T00:00:00.000000' })
    fault({ service: 'resultsdb', kind: 'slow', delayMs: 30 })
    const [now, past] = await Promise.all([
      decide(request()),
      decide(request({ when: '2021-05-15T00:00:00.0' })),
    ])
    expect([now.summary, past.summary]).toEqual([
      'All required tests (3 total) have passed or been waived',
      'Of 3 required tests, 2 results missing, 1 test failed',
    ])
  })

  it('do not share between verbose requests, which need originals, and terse ones', async () => {
    const { gather, putResult, fault } = await gateLab()
    putResult({ testCase: 'dist.abicheck', outcome: 'PASSED', data: build })
    fault({ service: 'resultsdb', kind: 'slow', delayMs: 30 })
    const many = Array.from({ length: 300 }, (_none, n) => `dist.test.number.${n}`)
    const [terse, verbose] = await Promise.all([
      gather({ results: [{ subject, testCases: ['dist.abicheck', ...many] }] }),
      gather({ results: [{ subject, testCases: 'all' }] }),
    ])
    expect(terse.results?.[0]?.results[0]?.raw).toBeNull()
    expect(verbose.results?.[0]?.results[0]?.raw).toMatchObject({ testcase: { name: 'dist.abicheck' } })
  })
})

describe('one of several waiting requests', () => {
  it('can give up without effect on the rest', async () => {
    const { gather, fault, putResult, calls } = await gateLab()
    putResult({ testCase: 'dist.abicheck', outcome: 'PASSED', data: build })
    fault({ service: 'resultsdb', kind: 'slow', delayMs: 300 })
    const hasty = gather({ results }, AbortSignal.timeout(50)).catch(({ kind }: DecisionError) => kind)
    const patient = gather({ results })
    expect(await hasty).toBe('upstream-timeout')
    expect((await patient).results?.[0]?.results).toHaveLength(1)
    expect(calls('resultsdb')).toBe(2)
  })
})

describe('a request that comes while the same calls are under way', () => {
  const waivers = CRITICAL.map((testCase) => ({
    subjectType: 'koji_build',
    subjectIdentifier: NVR,
    productVersion: 'fedora-26',
    testCase,
  }))
  const waiver = { subjectType: 'koji_build', subjectIdentifier: NVR, productVersion: 'fedora-26' }

  it('gets what was stored before it, by calls that begin after these', async () => {
    const { gather, fault, putResult, putWaiver, calls } = await gateLab()
    for (const service of ['resultsdb', 'waiverdb'] as const) fault({ service, kind: 'slow', delayMs: 200 })
    const before = gather({ results, waivers })
    await untilCalled(() => calls('resultsdb') + calls('waiverdb'), 3)
    putResult({ testCase: 'dist.abicheck', outcome: 'FAILED', data: build })
    putWaiver({ ...waiver, testCase: 'dist.abicheck' })
    const after = await Promise.all([1, 2, 3].map(() => gather({ results, waivers })))
    for (const { results: found, waivers: given } of after)
      expect([found?.[0]?.results.length, given?.length]).toEqual([1, 1])
    await before
    expect([calls('resultsdb'), calls('waiverdb')]).toEqual([4, 2])
  })
})
