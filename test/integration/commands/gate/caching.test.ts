/** With a cache, passed results are not fetched again until there is news of the subject (behaviour/greenwave 3.7, 4.7). */
import { describe, expect, it } from 'vitest'
import {
  CRITICAL,
  NVR,
  policiesFrom,
  policyYaml,
  request,
  test as rule,
} from '../../../support/gate/builders.ts'
import { gateLab } from '../../../support/gate/lab.ts'

const build = { item: [NVR], type: ['koji_build'] }
const SATISFIED = 'All required tests (3 total) have passed or been waived'

async function cachingLab(outcomes: readonly string[] = ['PASSED', 'PASSED', 'PASSED']) {
  const lab = await gateLab({ cacheSeconds: 600 })
  CRITICAL.forEach((testCase, n) => {
    lab.putResult({ testCase, outcome: outcomes[n] ?? 'PASSED', data: build })
  })
  return lab
}

describe('a cache', () => {
  it('makes a second decision on passed results free of calls', async () => {
    const { decide, calls, lookups } = await cachingLab()
    expect((await decide(request())).summary).toBe(SATISFIED)
    expect((await decide(request())).summary).toBe(SATISFIED)
    expect(calls('resultsdb')).toBe(2)
    expect(lookups).toEqual([
      { kind: 'results', found: false, count: 3 },
      { kind: 'results', found: true, count: 3 },
    ])
  })

  it('fetches again only results that have not passed', async () => {
    const { world, decide, putResult } = await cachingLab(['PASSED', 'FAILED', 'PASSED'])
    expect((await decide(request())).summary).toBe('Of 3 required tests, 1 test failed')
    putResult({ testCase: 'dist.rpmdeplint', outcome: 'PASSED', data: build })
    world.resultsDb.byData.clear()
    expect((await decide(request())).summary).toBe('Of 3 required tests, 1 result missing')
  })

  it('shows a new failure once the subject is forgotten, and not before', async () => {
    const { decide, gatherer, putResult } = await cachingLab()
    await decide(request())
    putResult({ testCase: 'dist.abicheck', outcome: 'FAILED', data: build })
    expect((await decide(request())).summary).toBe(SATISFIED)
    gatherer.forgetSubject(NVR)
    expect((await decide(request())).summary).toBe('Of 3 required tests, 1 test failed')
  })

  it('drops results that have since failed: a terse answer does not contradict a verbose one', async () => {
    const { decide, putResult } = await cachingLab()
    await decide(request())
    putResult({ testCase: 'dist.abicheck', outcome: 'FAILED', data: build })
    expect((await decide(request({ verbose: true }))).summary).toBe('Of 3 required tests, 1 test failed')
    expect((await decide(request())).summary).toBe('Of 3 required tests, 1 test failed')
  })

  it('is not filled by a query that was sent before the subject was forgotten', async () => {
    const { decide, gatherer, putResult, fault, calls } = await cachingLab()
    fault({ service: 'resultsdb', kind: 'slow', delayMs: 200, times: 2 })
    const before = decide(request())
    while (calls('resultsdb') < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    gatherer.forgetSubject(NVR)
    await before
    putResult({ testCase: 'dist.abicheck', outcome: 'FAILED', data: build })
    expect((await decide(request())).summary).toBe('Of 3 required tests, 1 test failed')
  })

  it('with newer results is not used for a request about the past', async () => {
    const { decide, putResult } = await gateLab({ cacheSeconds: 600 })
    for (const [day, outcome] of [
      ['05-01', 'FAILED'],
      ['06-01', 'PASSED'],
    ])
      for (const testCase of CRITICAL)
        putResult({
          testCase,
          outcome: outcome ?? '',
          data: build,
          submittedAt: `2021-${day}T00:00:00.000000`,
        })
    expect((await decide(request())).summary).toBe(SATISFIED)
    const past = request({ when: '2021-05-15T00:00:00.0' })
    expect((await decide(past)).summary).toBe('Of 3 required tests, 3 tests failed')
  })

  it('is neither filled nor read by a request about the past', async () => {
    const { decide, putResult, calls } = await cachingLab()
    const past = request({ when: '2021-05-15T00:00:00.0' })
    expect((await decide(past)).summary).toBe(SATISFIED)
    putResult({
      testCase: 'dist.abicheck',
      outcome: 'FAILED',
      data: build,
      submittedAt: '2021-06-01T00:00:00.000000',
    })
    expect((await decide(request())).summary).toBe('Of 3 required tests, 1 test failed')
    const before = calls('resultsdb')
    expect((await decide(past)).summary).toBe(SATISFIED)
    expect(calls('resultsdb') - before).toBe(2)
  })

  it('is not used for a verbose answer', async () => {
    const { decide, calls } = await cachingLab()
    await decide(request())
    expect(await decide(request({ verbose: true }))).toMatchObject({ results: [{}, {}, {}] })
    expect(calls('resultsdb')).toBe(4)
  })

  it('keeps builds and pinned files, so that a second decision with remote rules fetches only results', async () => {
    const policies = policiesFrom(policyYaml('p', ['!RemoteRule {}']))
    const lab = await gateLab({ cacheSeconds: 600, policies })
    const text = policyYaml('inner', [rule('dist.upgradepath')], { product_versions: '["*"]' })
    const commit = lab.putFile({ repository: 'rpms/glibc', path: 'gating.yaml', text })
    lab.putBuild(NVR, `git+https://src.example.com/rpms/glibc.git#${commit}`)
    const decide = () => lab.decide(request({ decision_context: 'c' }))
    expect((await decide()).summary).toBe('Of 1 required test, 1 result missing')
    expect((await decide()).summary).toBe('Of 1 required test, 1 result missing')
    expect([lab.calls('koji'), lab.calls('distgit'), lab.calls('resultsdb')]).toEqual([1, 1, 4])
  })
})
