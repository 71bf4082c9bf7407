/** Many subjects in one request take few calls to upstream services; the bench measures their time. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { policyYaml, test as rule } from '../../../../support/gate/builders.ts'
import { startGate, type TestGate } from '../../../../support/gate/gate.ts'
import { loadRequest, putLoad } from '../../../../support/gate/load-data.ts'

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
    gate.world.faults.push({ service: 'resultsdb', kind: 'slow', delayMs: 2000 }) // until all have come
    const answers = await Promise.all(Array.from({ length: 20 }, () => gate.decide(loadRequest(1))))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    // Two for the first, and two for all that came when these had begun.
    expect(gate.calls('resultsdb')).toBeLessThanOrEqual(4)
  })
})

describe('on a results database that takes milliseconds for each result', () => {
  const SUBJECTS = 600
  const known = (text: string) => Number(/The results of (\d+) of 600 subjects are known/.exec(text)?.[1])

  it('a request that times out reports how far it got, and continues from there when it is repeated', async () => {
    putLoad(gate.world.resultsDb, SUBJECTS, 10)
    const quick = await startGate({
      file: 'decision_deadline_s: 4\ngate_concurrent_requests: 8', // one call after the other
    })
    onTestFinished(() => quick.stop())
    await quick.setPolicies(POLICY)
    putLoad(quick.world.resultsDb, SUBJECTS, 10)
    quick.world.faults.push({ service: 'resultsdb', kind: 'slow-results', delayMs: 1 })
    const progress: number[] = []
    let answer = await quick.decide(loadRequest(SUBJECTS))
    for (; answer.status === 504; answer = await quick.decide(loadRequest(SUBJECTS)))
      progress.push(known(answer.json.message))
    expect(answer.status).toBe(200)
    expect(progress.length).toBeGreaterThan(0)
    expect(progress.at(-1)).toBeGreaterThan(0)
    expect(progress).toEqual(progress.toSorted((left, right) => left - right))
    expect(answer.json).toEqual((await gate.decide(loadRequest(SUBJECTS))).json)
  })

  it('a request that is repeated includes results that are newer than those that are kept', async () => {
    const quick = await startGate({ file: 'decision_deadline_s: 6\ngate_concurrent_requests: 8' })
    onTestFinished(() => quick.stop())
    await quick.setPolicies(POLICY)
    putLoad(quick.world.resultsDb, 150, 2000)
    quick.world.faults.push(
      { service: 'resultsdb', kind: 'slow', delayMs: 1, times: 1 },
      { service: 'resultsdb', kind: 'hang' },
    )
    const request = loadRequest(150) as { subject: { type: string; item: string }[] }
    const { status, json } = await quick.decide(request)
    expect([status, json.message]).toEqual([
      504,
      expect.stringMatching(
        /The results of 0 of 150 subjects are known, and of \d\d+ in part; a repeated request/,
      ),
    ])
    quick.world.faults.length = 0
    quick.world.resultsDb.byData.clear() // what is kept is not fetched again
    const [first] = request.subject
    await quick.putResult('distribution.ci.tier0.functional', 'FAILED', {
      ...first,
      system_architecture: 'x86_64',
    })
    const answer = await quick.decide(request)
    const [failed, ...others] = answer.json.unsatisfied_requirements
    expect([answer.status, failed]).toMatchObject([
      200,
      { type: 'test-result-failed', subject_identifier: first?.item },
    ])
    expect(others.length).toBeLessThan(1500 - 500) // missing are only those of which nothing was kept
  })
})
