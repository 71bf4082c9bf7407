/** Many subjects in one request take few calls to upstream services; the bench measures their time. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startGate, type TestGate } from '../../../../support/gate.ts'
import { policyYaml, test as rule } from '../../../../support/gate-builders.ts'
import { loadRequest, putLoad } from '../../../../support/gate-load-data.ts'

const POLICY = policyYaml(
  'load',
  Array.from({ length: 10 }, (_none, n) => rule(`distribution.ci.tier${n}.functional`)),
)
let gate: TestGate
beforeAll(async () => {
  gate = await startGate()
})
afterAll(() => gate.stop())
beforeEach(async () => {
  await gate.reset()
  await gate.setPolicies(POLICY)
})

describe('with ten test cases each and an empty cache', () => {
  it.each([
    { subjects: 1, failing: 10, toResultsDb: 2, toWaiverDb: 1 },
    { subjects: 100, failing: 10, toResultsDb: 5, toWaiverDb: 1 },
    { subjects: 10_000, failing: 20, toResultsDb: 240, toWaiverDb: 10 },
  ])('$subjects subjects take few calls', async ({ subjects, failing, toResultsDb, toWaiverDb }) => {
    putLoad(gate.world.resultsDb, subjects, failing)
    const { status, json } = await gate.decide(loadRequest(subjects))
    const tests = subjects * 10
    const failed = tests / failing
    expect([status, json.summary]).toEqual([
      200,
      `Of ${tests} required tests, ${failed} test${failed === 1 ? '' : 's'} failed`,
    ])
    expect(gate.calls('resultsdb')).toBeLessThanOrEqual(toResultsDb)
    expect(gate.calls('waiverdb')).toBeLessThanOrEqual(toWaiverDb)
    expect(json.applicable_policies).toHaveLength(subjects)
  })

  it('one request for several subjects equals one request for each', async () => {
    putLoad(gate.world.resultsDb, 7, 4)
    const request = loadRequest(7) as { subject: object[] }
    const together = (await gate.decide(request)).json
    const alone = await Promise.all(
      request.subject.map(async (single) => (await gate.decide({ ...request, subject: [single] })).json),
    )
    for (const list of ['satisfied_requirements', 'unsatisfied_requirements'])
      expect(together[list]).toEqual(alone.flatMap((decision) => decision[list]))
  })

  it('equal requests at the same time share what they fetch', async () => {
    putLoad(gate.world.resultsDb, 1, 10)
    gate.world.faults.push({ service: 'resultsdb', kind: 'slow', delayMs: 300 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => gate.decide(loadRequest(1))))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(gate.calls('resultsdb')).toBeLessThanOrEqual(2)
  })
})
