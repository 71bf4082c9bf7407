/** The gate's part of the OpenAPI document, compared with real requests and responses. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ApiDocument, faultOfAnswer, faultOfBody } from '../../../../support/api/document.ts'
import { CRITICAL, NVR, policyYaml } from '../../../../support/gate/builders.ts'
import { DEFAULT_REQUEST, startGate, type TestGate } from '../../../../support/gate/gate.ts'

const DECISION = '/api/v1.0/decision'
const VALIDATE = '/api/v1.0/validate-gating-yaml'
const RULE = { type: 'PassingTestCaseRule', test_case_name: 't' }
const WITHOUT_CONTEXT = { product_version: 'fedora-26', subject_type: 'koji_build', subject_identifier: NVR }

let gate: TestGate
let document: ApiDocument
beforeAll(async () => {
  gate = await startGate({ file: 'max_request_bytes: 4096\ndecision_deadline_s: 5\nrequest_attempts: 1' })
  document = (await (await fetch(`${gate.url}/openapi.json`)).json()) as ApiDocument // its shape is tested elsewhere
})
afterAll(() => gate.stop())
beforeEach(() => gate.reset())

type Sent = { path: string; init?: RequestInit; query?: string }
const answered = async ({ path, init = {}, query = '' }: Sent) => {
  const answer = await fetch(`${gate.url}${path}${query}`, { redirect: 'manual', ...init })
  const { status, headers } = answer
  const text = await answer.text()
  return { status, fault: faultOfAnswer(document, init.method ?? 'GET', path, { status, headers, text }) }
}
const post = (path: string, body: string | object, type = 'application/json'): Sent => ({
  path,
  init: {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'Content-Type': type },
  },
})

describe('the document describes the responses of', () => {
  it.each([
    ['/', 302],
    ['/api/v1.0/', 200],
  ])('%s, which is %s to a browser', async (path, status) => {
    expect(await answered({ path })).toEqual({ status: 200, fault: null })
    const headers = { Accept: 'text/html' }
    expect(await answered({ path, init: { headers } })).toEqual({ status, fault: null })
  })

  it.each(['about', 'policies', 'subject_types'])(
    '%s, also for JSONP and an invalid callback',
    async (name) => {
      const path = `/api/v1.0/${name}`
      expect(await answered({ path })).toEqual({ status: 200, fault: null })
      expect(await answered({ path, query: '?callback=f' })).toEqual({ status: 200, fault: null })
      expect(await answered({ path, query: '?callback=1' })).toEqual({ status: 400, fault: null })
    },
  )

  it('the redirect and the preflight, which are empty', async () => {
    expect(await answered({ path: '/api/v1.0/version' })).toEqual({ status: 302, fault: null })
    expect(await answered({ path: DECISION, init: { method: 'OPTIONS' } })).toEqual({
      status: 200,
      fault: null,
    })
  })

  it('decisions of every kind', async () => {
    const [failed = '', passed = '', errored = ''] = CRITICAL
    await gate.putResult(failed, 'FAILED')
    await gate.putResult(passed, 'PASSED')
    await gate.putResult(errored, 'ERROR')
    await gate.putWaiver(errored)
    const onDemand = {
      ...WITHOUT_CONTEXT,
      rules: [RULE],
      id: null,
      packages: ['glibc'],
      excluded_packages: [],
    }
    const whole = { ...DEFAULT_REQUEST, verbose: true, explain: true, when: '2099-05-01T00:00:00.0' }
    for (const body of [DEFAULT_REQUEST, whole, onDemand, { ...onDemand, explain: true }]) {
      const sent = post(DECISION, body)
      expect(await answered(sent)).toEqual({ status: 200, fault: null })
      expect(await answered({ ...sent, query: '?callback=f' })).toEqual({ status: 200, fault: null })
    }
  })

  it('decisions about the past, with their header', () => {
    const response = document.paths[DECISION]?.post?.responses[200]
    expect(Object.keys(response?.headers ?? {})).toEqual(['Freshwave-Decision-As-Of'])
  })

  it('refused requests for a decision', async () => {
    const cases: [number, Sent][] = [
      [400, post(DECISION, '{')],
      [400, { ...post(DECISION, DEFAULT_REQUEST), query: '?callback=1' }],
      [404, post(DECISION, { ...DEFAULT_REQUEST, product_version: 'x' })],
      [404, post(DECISION, { ...DEFAULT_REQUEST, product_version: 'x', explain: true })],
      [413, post(DECISION, 'x'.repeat(5000))],
      [415, post(DECISION, '{}', 'text/plain')],
    ]
    for (const [status, sent] of cases) expect(await answered(sent)).toEqual({ status, fault: null })
    gate.world.faults.push({ service: 'resultsdb', kind: 'status', status: 500 })
    expect(await answered(post(DECISION, DEFAULT_REQUEST))).toEqual({ status: 502, fault: null })
    const explained = post(DECISION, { ...DEFAULT_REQUEST, explain: true })
    expect(await answered(explained)).toEqual({ status: 502, fault: null })
    gate.world.faults.splice(0, 1, { service: 'resultsdb', kind: 'hang' })
    expect(await answered(post(DECISION, DEFAULT_REQUEST))).toEqual({ status: 504, fault: null })
  })

  it('checks of rule files', async () => {
    const good = post(VALIDATE, policyYaml('p', []), 'application/yaml')
    expect(await answered(good)).toEqual({ status: 200, fault: null })
    expect(await answered({ ...good, query: '?callback=f' })).toEqual({ status: 200, fault: null })
    expect(await answered({ ...good, query: '?callback=1' })).toEqual({ status: 400, fault: null })
    expect(await answered(post(VALIDATE, ']', 'application/yaml'))).toEqual({ status: 400, fault: null })
    const large = post(VALIDATE, 'x'.repeat(5000), 'application/yaml')
    expect(await answered(large)).toEqual({ status: 413, fault: null })
  })
})

describe('the document describes a request for a decision', () => {
  const withRules = { ...WITHOUT_CONTEXT, rules: [RULE] }
  it.each([
    ['with one decision context', DEFAULT_REQUEST],
    ['with several', { ...DEFAULT_REQUEST, decision_context: ['bodhi_update_push_stable', 'b'] }],
    ['with null as time and as rules', { ...DEFAULT_REQUEST, when: null, rules: null }],
    ['with an explanation', { ...DEFAULT_REQUEST, explain: true }],
    ['with a time', { ...DEFAULT_REQUEST, when: '2024-05-01T00:00:00.0' }],
    [
      'with subjects that have values of all kinds',
      {
        decision_context: 'bodhi_update_push_stable',
        product_version: 'fedora-26',
        subject: [{ type: 'koji_build', item: NVR, n: 1, list: [null], more: { a: true } }],
      },
    ],
    ['with ids to ignore', { ...DEFAULT_REQUEST, ignore_result: [1], ignore_waiver: [2] }],
    ['with ids as text, and null', { ...DEFAULT_REQUEST, ignore_result: ['1'], ignore_waiver: null }],
    ['with rules', withRules],
    ['with rules for some packages', { ...withRules, packages: ['g*'], excluded_packages: ['x'] }],
    ['with an id for its rules', { ...withRules, id: 'mine' }],
    ['with a null id for its rules', { ...withRules, id: null }],
    ['with rules for some versions', { ...withRules, product_versions: ['fedora-*'] }],
  ])('%s, which is accepted', async (_what, body) => {
    expect(faultOfBody(document, 'post', DECISION, body)).toBeNull()
    expect((await gate.decide(body)).status).toBe(200)
  })

  it.each([
    ['without a version', { ...DEFAULT_REQUEST, product_version: undefined }],
    ['for an empty version', { ...DEFAULT_REQUEST, product_version: '' }],
    ['with an empty list of subjects', { ...DEFAULT_REQUEST, subject: [] }],
    ['with a subject that is not an object', { ...DEFAULT_REQUEST, subject: ['a'] }],
    ['with null as subjects', { ...DEFAULT_REQUEST, subject: null }],
    ['with a number as flag', { ...DEFAULT_REQUEST, verbose: 1 }],
    ['with null as the other flag', { ...DEFAULT_REQUEST, explain: null }],
    ['with a number as time', { ...DEFAULT_REQUEST, when: 1 }],
    ['with a text as result id', { ...DEFAULT_REQUEST, ignore_result: ['a'] }],
    ['with a text as rules', { ...WITHOUT_CONTEXT, rules: 'a' }],
    ['with rules that are not objects', { ...WITHOUT_CONTEXT, rules: [1] }],
    ['with a text as packages', { ...withRules, packages: 'g*' }],
    ['with null as packages', { ...withRules, excluded_packages: null }],
    ['with numbers as versions', { ...withRules, product_versions: [1] }],
    ['with an object as id', { ...withRules, id: {} }],
  ])('%s, which is refused', async (_what, body) => {
    expect(faultOfBody(document, 'post', DECISION, body)).not.toBeNull()
    expect((await gate.decide(body)).status).toBe(400)
  })
})
