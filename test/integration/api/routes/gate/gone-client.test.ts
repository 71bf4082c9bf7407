/** When a client disconnects, its work is aborted. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../../../support/eventually.ts'
import { DEFAULT_REQUEST, startGate, type TestGate } from '../../../../support/gate/gate.ts'

let gate: TestGate
beforeAll(async () => {
  gate = await startGate() // the deadline of a decision is one minute
})
afterAll(() => gate.stop())

const failed = async () => {
  const text = await (await fetch(`${gate.url}/metrics`)).text()
  return Number(/^decision_request_duration_seconds_count\{outcome="failed"\} (\d+)$/m.exec(text)?.[1] ?? 0)
}

it('a disconnected client aborts the calls to upstream services', async () => {
  gate.world.faults.push({ service: 'resultsdb', kind: 'hang' })
  const client = new AbortController()
  const answer = gate
    .send('decision', {
      method: 'POST',
      body: JSON.stringify(DEFAULT_REQUEST),
      headers: { 'Content-Type': 'application/json' },
      signal: client.signal,
    })
    .catch((error: Error) => error.name)
  await eventually(
    () => gate.calls('resultsdb'),
    (calls) => calls === 2,
  )
  client.abort()
  expect(await answer).toBe('AbortError')
  await eventually(failed, (count) => count === 1)
  expect(gate.calls('resultsdb')).toBe(2)
})
