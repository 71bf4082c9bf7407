/** With `cache_seconds` set, passed results are not fetched again; results of a request about the past are not kept. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { CRITICAL } from '../../../../support/gate/builders.ts'
import { DEFAULT_REQUEST, startGate, type TestGate } from '../../../../support/gate/gate.ts'

let gate: TestGate
beforeAll(async () => {
  gate = await startGate({ file: 'cache_seconds: 600' })
})
afterAll(() => gate.stop())
beforeEach(() => gate.reset())

const about = (identifier: string, more: object = {}) => ({
  ...DEFAULT_REQUEST,
  subject_identifier: identifier,
  ...more,
})
const put = async (item: string, outcome: string) => {
  const submit_time = '2024-01-01T00:00:00.000000'
  for (const name of CRITICAL)
    await gate.putResult(name, outcome, { item, type: 'koji_build' }, { submit_time })
}

it('the gate caches passed results, and counts the cache hits', async () => {
  await put('a-1-1', 'PASSED')
  const first = await gate.decide(about('a-1-1'))
  const calls = gate.calls('resultsdb')
  expect((await gate.decide(about('a-1-1'))).json).toEqual(first.json)
  expect(gate.calls('resultsdb')).toBe(calls)
  const metrics = await (await fetch(`${gate.url}/metrics`)).text()
  expect(metrics).toMatch(/^freshwave_cache_lookups_total\{kind="results",found="true"\} 3$/m)
})

it('the gate fetches results again that have not passed', async () => {
  await put('b-1-1', 'FAILED')
  expect((await gate.decide(about('b-1-1'))).json.policies_satisfied).toBe(false)
  await put('b-1-1', 'PASSED')
  expect((await gate.decide(about('b-1-1'))).json.policies_satisfied).toBe(true)
})

it('the gate keeps no results of a request about the past', async () => {
  await put('c-1-1', 'PASSED')
  const then = await gate.decide(about('c-1-1', { when: '2024-06-01T00:00:00.0' }))
  expect(then.json.policies_satisfied).toBe(true)
  await gate.putResult('dist.abicheck', 'FAILED', { item: 'c-1-1', type: 'koji_build' })
  expect((await gate.decide(about('c-1-1'))).json.policies_satisfied).toBe(false)
})
