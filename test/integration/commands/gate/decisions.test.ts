/** Decisions with facts from real clients (behaviour/greenwave 3; cases A12 to A28). */
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
import { sendJson, serve } from '../../../support/servers/http-server.ts'

const build = { item: [NVR], type: ['koji_build'] }

describe('a decision on one build', () => {
  it('is satisfied by passed results without fetching waivers', async () => {
    const { decide, putResult, calls } = await gateLab()
    for (const testCase of CRITICAL) putResult({ testCase, outcome: 'PASSED', data: build })
    expect(await decide(request())).toMatchObject({
      policies_satisfied: true,
      summary: 'All required tests (3 total) have passed or been waived',
    })
    expect([calls('resultsdb'), calls('waiverdb')]).toEqual([2, 0])
  })

  it('fetches waivers once when something has failed, and applies them', async () => {
    const { decide, putResult, putWaiver, calls } = await gateLab()
    const failed = putResult({ testCase: 'dist.abicheck', outcome: 'FAILED', data: build })
    for (const testCase of CRITICAL.slice(1)) putResult({ testCase, outcome: 'PASSED', data: build })
    expect(await decide(request())).toMatchObject({
      summary: 'Of 3 required tests, 1 test failed',
      unsatisfied_requirements: [{ type: 'test-result-failed', result_id: failed.id }],
    })
    expect(calls('waiverdb')).toBe(1)
    const about = { subjectType: 'koji_build', subjectIdentifier: NVR, testCase: 'dist.abicheck' }
    const waiver = putWaiver({ ...about, productVersion: 'fedora-26' })
    expect(await decide(request())).toMatchObject({
      policies_satisfied: true,
      satisfied_requirements: [{ type: 'test-result-failed-waived', waiver_id: waiver.id }, {}, {}],
    })
    putWaiver({ ...about, productVersion: 'fedora-26', waived: false })
    expect(await decide(request())).toMatchObject({ policies_satisfied: false })
  })

  it('counts the newest result of each test', async () => {
    const { decide, putResult } = await gateLab()
    for (const testCase of CRITICAL) putResult({ testCase, outcome: 'PASSED', data: build })
    const failed = putResult({ testCase: 'dist.abicheck', outcome: 'FAILED', data: build })
    expect(await decide(request())).toMatchObject({
      summary: 'Of 3 required tests, 1 test failed',
      unsatisfied_requirements: [{ result_id: failed.id }],
    })
  })

  it('uses the results and waivers of a requested past time', async () => {
    const { decide, putResult, putWaiver } = await gateLab()
    const at = (day: number) => `2021-05-0${day}T00:00:00.000000`
    putResult({ testCase: 'dist.abicheck', outcome: 'FAILED', data: build, submittedAt: at(2) })
    for (const testCase of CRITICAL.slice(1))
      putResult({ testCase, outcome: 'PASSED', data: build, submittedAt: at(1) })
    const about = { subjectType: 'koji_build', subjectIdentifier: NVR, testCase: 'dist.abicheck' }
    putWaiver({ ...about, productVersion: 'fedora-26', givenAt: at(4) })
    const summaryAt = async (day: number) =>
      (await decide(request({ when: `2021-05-0${day}T12:00:00.0` }))).summary
    expect([await summaryAt(1), await summaryAt(3), await summaryAt(5)]).toEqual([
      'Of 3 required tests, 1 result missing',
      'Of 3 required tests, 1 test failed',
      'All required tests (3 total) have passed or been waived',
    ])
  })

  it('shows everything when verbose: all results as received, and all waivers', async () => {
    const { decide, putResult, putWaiver, calls } = await gateLab()
    for (const testCase of [...CRITICAL, 'another'])
      putResult({ testCase, outcome: 'PASSED', data: build, note: `about ${testCase}` })
    putWaiver({
      subjectType: 'koji_build',
      subjectIdentifier: NVR,
      testCase: 'x',
      productVersion: 'fedora-26',
    })
    const decision = await decide(request({ verbose: true }))
    expect(decision.results).toMatchObject([
      {
        testcase: { name: 'another' },
        note: 'about another',
        groups: [],
        href: expect.stringContaining('/results/4'),
      },
      {},
      {},
      {},
    ])
    expect(decision.waivers).toMatchObject([
      { testcase: 'x', comment: expect.any(String), username: 'alice' },
    ])
    expect([calls('resultsdb'), calls('waiverdb')]).toEqual([2, 1])
  })

  it('finds results under both names of its type and under its former key', async () => {
    const { decide, putResult } = await gateLab()
    putResult({ testCase: CRITICAL[0] ?? '', outcome: 'PASSED', data: { item: [NVR], type: ['brew-build'] } })
    putResult({ testCase: CRITICAL[1] ?? '', outcome: 'PASSED', data: { original_spec_nvr: [NVR] } })
    putResult({ testCase: CRITICAL[2] ?? '', outcome: 'PASSED', data: { item: [NVR], type: ['compose'] } })
    expect((await decide(request())).summary).toBe('Of 3 required tests, 1 result missing')
  })
})

describe('a decision on many subjects', () => {
  const policies = policiesFrom(
    [
      policyYaml('builds', [rule('t1'), rule('t2')]),
      policyYaml('containers', [rule('t2')], { subject_type: 'redhat-container-image' }),
      policyYaml('composes', [rule('t3', 'scenario: s1'), rule('t3', 'scenario: s2')], {
        subject_type: 'compose',
      }),
      policyYaml('others', [rule('t4')], { subject_type: 'something' }),
    ].join(''),
  )
  const subjects = [
    { type: 'koji_build', item: 'a-1-1' },
    { type: 'brew-build', item: 'b-1-1' },
    { nvr: 'c-1-1', type: 'redhat-container-image' },
    { 'productmd.compose.id': 'RHEL-9.1' },
    { type: 'something', item: 'd' },
  ]

  it('of different types takes few calls, and gives each its own results', async () => {
    const { decide, putResult, calls } = await gateLab({ policies })
    putResult({ testCase: 't1', outcome: 'PASSED', data: { item: ['a-1-1'], type: ['koji_build'] } })
    putResult({ testCase: 't2', outcome: 'PASSED', data: { item: ['a-1-1', 'b-1-1'], type: ['koji_build'] } })
    putResult({ testCase: 't1', outcome: 'FAILED', data: { item: ['b-1-1'], type: ['brew-build'] } })
    putResult({ testCase: 't2', outcome: 'PASSED', data: { item: ['c-1-1'], type: ['koji_build'] } })
    for (const scenario of ['s1', 's2'])
      putResult({
        testCase: 't3',
        outcome: 'PASSED',
        data: { 'productmd.compose.id': ['RHEL-9.1'], scenario: [scenario] },
      })
    putResult({
      testCase: 't4',
      outcome: 'ERROR',
      data: { item: ['d'], type: ['something'], error_reason: ['no network'] },
    })
    const decision = await decide(request({ decision_context: 'c', subject: subjects }))
    expect(decision.summary).toBe('Of 8 required tests, 1 test errored, 1 test failed')
    expect(decision.unsatisfied_requirements).toMatchObject([
      { type: 'test-result-failed', subject_identifier: 'b-1-1', testcase: 't1' },
      { type: 'test-result-errored', subject_identifier: 'd', error_reason: 'no network' },
    ])
    // By item and type, by original_spec_nvr, by nvr and type, by productmd.compose.id.
    expect([calls('resultsdb'), calls('waiverdb')]).toEqual([4, 1])
  })

  it('joins the decisions on each of them', async () => {
    const { decide, putResult } = await gateLab({ policies })
    for (const [n, item] of ['a-1-1', 'b-1-1', 'c-1-1', 'd'].entries())
      for (const testCase of ['t1', 't2', 't4'])
        putResult({
          testCase,
          outcome: n % 2 ? 'PASSED' : 'FAILED',
          data: { item: [item], type: ['koji_build', 'something'] },
        })
    const decideOn = (subject: unknown[]) => decide(request({ decision_context: 'c', subject }))
    const together = await decideOn(subjects)
    const apart = await Promise.all(subjects.map((subject) => decideOn([subject])))
    expect(together.unsatisfied_requirements).toEqual(
      apart.flatMap((decision) => decision.unsatisfied_requirements),
    )
    expect(together.satisfied_requirements).toEqual(
      apart.flatMap((decision) => decision.satisfied_requirements),
    )
  })
})

describe('results whose data does not show why the database found them', () => {
  /** A database with the same answer to every query. */
  const answering = (...data: unknown[]) =>
    serve((_request, response) =>
      sendJson(response, {
        data: data.map((one, n) => ({ id: n + 1, testcase: { name: 't1' }, outcome: 'FAILED', data: one })),
      }),
    )
  const policies = policiesFrom(policyYaml('p', [rule('t1'), rule('t2')], { subject_type: 'compose' }))
  const about = (...names: string[]) =>
    request({ decision_context: 'c', subject: names.map((item) => ({ type: 'compose', item })) })

  it.each([{}, { item: [NVR] }, null, undefined])(
    'count for a query about a single subject, since the database selected them (%j)',
    async (data) => {
      const { url } = await answering(data)
      const { decide } = await gateLab({ policies, urls: { resultsDb: url } })
      const decision = await decide(about('c1'))
      expect(decision.summary).toBe('Of 2 required tests, 1 result missing, 1 test failed')
      expect(decision.unsatisfied_requirements).toMatchObject([
        { testcase: 't1', result_id: 1 },
        { testcase: 't2', type: 'test-result-missing' },
      ])
    },
  )

  it('count once when both queries of a subject find them', async () => {
    const { url, received } = await answering({})
    const { decide } = await gateLab({
      policies: policiesFrom(policyYaml('p', [rule('t1')])),
      urls: { resultsDb: url },
    })
    expect((await decide(request({ decision_context: 'c' }))).summary).toBe(
      'Of 1 required test, 1 test failed',
    )
    expect(received).toHaveLength(2)
  })

  it('count for no subject when several were queried at once', async () => {
    const { url, received } = await answering({}, { 'productmd.compose.id': ['c2'] })
    const { decide } = await gateLab({ policies, urls: { resultsDb: url } })
    const decision = await decide(about('c1', 'c2'))
    expect(decision.unsatisfied_requirements).toMatchObject([
      { subject_identifier: 'c1', testcase: 't1', type: 'test-result-missing' },
      { subject_identifier: 'c1', testcase: 't2' },
      { subject_identifier: 'c2', testcase: 't1', result_id: 2 },
      { subject_identifier: 'c2', testcase: 't2' },
    ])
    expect(received).toHaveLength(1)
  })
})

describe('strange identifiers', () => {
  it.each(['a&item=b', 'a,b', '', 'é\u0000', '\ud800', '__proto__', '*', 'x'.repeat(3000)])(
    '%j are queried unchanged',
    async (identifier) => {
      const { decide, calls } = await gateLab()
      const decision = await decide(request({ subject_identifier: identifier }))
      expect(decision.summary).toBe('Of 3 required tests, 3 results missing')
      expect(calls('resultsdb')).toBe(2)
    },
  )
})
