/** Without news of subjects, a cached result that passed is fetched again within seconds (decision 0090). */
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { createGateApp } from '../../../../src/api/app.ts'
import { decide as decideWith } from '../../../../src/commands/gate/decide.ts'
import { openGate } from '../../../../src/commands/gate/open-gate.ts'
import { policyYaml, test } from '../../../support/gate/builders.ts'
import { DEFAULT_REQUEST, startGate, type TestGate } from '../../../support/gate/gate.ts'

let world: TestGate
beforeAll(async () => {
  world = await startGate({ file: 'cache_seconds: 600' })
  await world.setPolicies(policyYaml('p', [test('t')]))
})
afterAll(() => world.stop())

const ctxWith = (sources: string[]) => {
  const { settings } = world.ctx
  return { ...world.ctx, settings: { ...settings, env: { ...settings.env, AMQP_SOURCES: sources } } }
}
type Satisfied = (body: object) => Promise<boolean>

function overGate(sources: string[]): Satisfied {
  const gate = openGate(ctxWith(sources))
  return async (body) => (await decideWith(gate, () => body)).decision.satisfied
}

function overGateApp(sources: string[]): Satisfied {
  const app = createGateApp(ctxWith(sources))
  return async (body) => {
    const init = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    }
    const answer = (await (await app.request('/api/v1.0/decision', init)).json()) as Record<string, unknown> // every answer is an object
    return answer.policies_satisfied === true
  }
}

it.each([
  ['with a bus', () => overGate(['queue://q']), true],
  ['without a bus', () => overGate([]), false],
  ['without a database', () => overGateApp(['queue://q']), false],
])('%s', async (name, open, isKept) => {
  const isSatisfied = open()
  const item = `${name.replaceAll(' ', '')}-1-1`
  const body = { ...DEFAULT_REQUEST, decision_context: 'c', subject_identifier: item }
  const put = (outcome: string) => world.putResult('t', outcome, { item, type: 'koji_build' })
  await put('PASSED')
  expect(await isSatisfied(body)).toBe(true)
  await put('FAILED')
  expect(await isSatisfied(body)).toBe(true)
  const real = performance.now.bind(performance)
  const later = vi.spyOn(performance, 'now').mockImplementation(() => real() + 11_000)
  onTestFinished(() => {
    later.mockRestore()
  })
  expect(await isSatisfied(body)).toBe(isKept)
})
