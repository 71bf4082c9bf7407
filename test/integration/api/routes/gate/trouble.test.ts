/** Slow, failing or garbled upstream services: reported in time, without delay for other requests. */
import { createServer } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../../../support/eventually.ts'
import { policyYaml } from '../../../../support/gate/builders.ts'
import { DEFAULT_REQUEST, startGate, type TestGate } from '../../../../support/gate/gate.ts'

const UPDATE = { subject_type: 'bodhi_update', subject_identifier: 'FEDORA-1', product_version: 'fedora-24' }
let gate: TestGate
beforeAll(async () => {
  gate = await startGate({ file: 'decision_deadline_s: 4\nrequest_attempts: 2\nrequests_timeout: 5' })
})
afterAll(() => gate.stop())
beforeEach(() => gate.reset())

describe('an upstream that', () => {
  it.each(['resultsdb', 'waiverdb'] as const)(
    'hangs (%s) is a 504 within the deadline; other requests proceed',
    async (service) => {
      gate.world.faults.push({ service, kind: 'hang' })
      const hanging = gate.decide(DEFAULT_REQUEST)
      const other = gate.decide({ ...DEFAULT_REQUEST, ...UPDATE })
      const first = await Promise.race([hanging.then(() => 'hanging'), other.then(() => 'other')])
      const answer = await hanging
      expect(first).toBe('other')
      expect(answer.status).toBe(504)
      expect(answer.json.message).toMatch(new RegExp(`^Timeout connecting to upstream server: ${service}`))
      const { status, json } = await other
      expect([status, json.policies_satisfied]).toEqual([200, true])
    },
  )

  it('fails is a 502 that names it and quotes its answer', async () => {
    gate.world.faults.push({ service: 'resultsdb', kind: 'status', status: 500 })
    const answer = await gate.decide(DEFAULT_REQUEST)
    expect(answer.status).toBe(502)
    expect(answer.json.message).toMatch(
      /^Got unexpected status code 500 for http:\/\/[^ ]+\/results\/latest\?[^ ]+: Internal Server Error/,
    )
  })

  it('drops connections or sends garbage is a 502 too', async () => {
    gate.world.faults.push({ service: 'resultsdb', kind: 'reset' })
    const dropped = await gate.decide(DEFAULT_REQUEST)
    expect(dropped.status).toBe(502)
    expect(dropped.json.message).toMatch(/^Error connecting to upstream server: resultsdb/)
    gate.world.faults.splice(0, 9, { service: 'waiverdb', kind: 'garbage' })
    const rubbish = await gate.decide(DEFAULT_REQUEST)
    expect(rubbish.status).toBe(502)
    expect(rubbish.json.message).toMatch(/^Unexpected answer from upstream server: waiverdb/)
  })

  it('has transient trouble is queried again within the request', async () => {
    gate.world.faults.push({ service: 'resultsdb', kind: 'status', times: 1 })
    expect((await gate.decide(DEFAULT_REQUEST)).status).toBe(200)
  })

  it('recovers is queried again by the next request', async () => {
    gate.world.faults.push({ service: 'resultsdb', kind: 'status', status: 500 })
    expect((await gate.decide(DEFAULT_REQUEST)).status).toBe(502)
    gate.world.faults.length = 0
    expect((await gate.decide(DEFAULT_REQUEST)).status).toBe(200)
  })

  it('redirects to another host is not followed', async () => {
    let requests = 0
    const elsewhere = createServer((_request, response) => {
      requests += 1
      response.end(policyYaml('file', []))
    })
    await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening))
    const address = elsewhere.address()
    const port = typeof address === 'object' ? address?.port : 0
    gate.world.distGit.redirectTo = `http://127.0.0.1:${port}/gating.yaml`
    gate.world.faults.push({ service: 'distgit', kind: 'redirect' })
    await gate.setPolicies(policyYaml('parent', ['!RemoteRule {}'], { subject_type: 'brew-build-group' }))
    const answer = await gate.decide({
      ...DEFAULT_REQUEST,
      decision_context: 'c',
      subject_type: 'brew-build-group',
      subject_identifier: 'sha256:0f41',
    })
    elsewhere.close()
    expect(answer.status).toBe(502)
    expect(answer.json.message).toMatch(/^Got unexpected status code 302 for .*redirects to another host/)
    expect(requests).toBe(0)
  })
})

describe('metrics', () => {
  it('count decisions by outcome, and calls to upstream services with their failures', async () => {
    const valueIn = (text: string, name: string) => {
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
      return Number(line?.split(' ').at(-1) ?? 0)
    }
    const decisions = (outcome: string) => `decision_request_duration_seconds_count{outcome="${outcome}"}`
    const outcomes = ['satisfied', 'unsatisfied', 'refused', 'failed'].map(decisions)
    const names = [
      ...outcomes,
      'total_decision_exceptions_total',
      'freshwave_upstream_duration_seconds_count{service="resultsdb",outcome="ok"}',
      'freshwave_upstream_duration_seconds_count{service="resultsdb",outcome="status"}',
    ]
    // One scrape for all: parallel ones may read the sums while another still adds the newest counts to them.
    const scrape = async () => (await fetch(`${gate.url}/metrics`)).text()
    const all = async () => {
      const text = await eventually(scrape, (found) =>
        found.includes('freshwave_store_up{store="database"} 1'),
      )
      return names.map((name) => valueIn(text, name))
    }
    const before = await all()
    await gate.decide({ ...DEFAULT_REQUEST, ...UPDATE })
    await gate.decide(DEFAULT_REQUEST)
    await gate.decide({ ...DEFAULT_REQUEST, verbose: 1 })
    await gate.decide('not JSON')
    gate.world.faults.push({ service: 'resultsdb', kind: 'status', status: 500, times: 9 })
    await gate.decide(DEFAULT_REQUEST)
    const after = await all()
    const grown = after.map((count, index) => count - (before[index] ?? 0))
    expect(grown.slice(0, 5)).toEqual([1, 1, 2, 1, 3])
    expect(grown[5]).toBeGreaterThan(0)
    expect(grown[6]).toBeGreaterThan(0)
  })
})
