/** Ten thousand manipulated requests: each is answered or refused, and none breaks anything. */
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CRITICAL } from '../../../../support/gate/builders.ts'
import { DEFAULT_REQUEST, startGate, type TestGate } from '../../../../support/gate/gate.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const REQUESTS = 10_000
const BATCH = 20

let gate: TestGate
beforeAll(async () => {
  gate = await startGate()
  for (const name of CRITICAL) await gate.putResult(name, 'FAILED')
})
afterAll(() => gate.stop())

const oddText = fc.oneof(
  fc.constantFrom('', '\0', 'a\0b', '\ud800', '💥', '%', ',', '*', '[', '[!', '../..', 'a'.repeat(9000)),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'koji_build', 'brew-build', 'compose', 'sha256:'),
  fc.constantFrom(`${'*a'.repeat(200)}b`, 'glibc-1.0-1.el7', 'fedora-26', '2024-01-01T00:00:00.0', 'c'),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const oddValue = fc.oneof(
  oddText,
  fc.constantFrom(null, true, false, 0, -1, 1e308, 0.5, 2 ** 53, [], {}, [[]], [{}], [null]),
  fc.array(oddText, { maxLength: 4 }),
  fc.dictionary(oddText, oddText, { maxKeys: 3, noNullPrototype: true }),
  fc.jsonValue({ maxDepth: 3 }),
)
/** Mostly valid, so that not every request fails at the first check. */
const mostly = <T>(good: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: oddValue })
const instant = fc.constantFrom('2021-01-01', '0001-01-01', '9999-12-31T23:59:59Z')
const rule = fc.oneof(
  fc.record({
    type: mostly(fc.constant('PassingTestCaseRule')),
    test_case_name: mostly(fc.constantFrom(...CRITICAL)),
    scenario: mostly(fc.constant(null)),
  }),
  fc.record({
    type: fc.constant('PassingTestCaseRule'),
    test_case_name: oddText,
    valid_since: mostly(instant),
  }),
  fc.record({
    type: fc.constantFrom('RemoteRule', 'FedoraAtomicCi'),
    required: mostly(fc.boolean()),
    sources: mostly(fc.constantFrom([], ['http://127.0.0.1:1/'], ['https://git.example.com/{rev}'], ['{'])),
  }),
)
const entry = fc.oneof(
  fc.record({ type: mostly(fc.constantFrom('koji_build', 'bodhi_update')), item: oddText }),
  fc.record({ original_spec_nvr: oddText }),
  oddValue,
)
const field = fc.oneof(
  fc.record({ product_version: mostly(oddText) }),
  fc.record({ decision_context: mostly(fc.array(oddText)) }),
  fc.record({ subject_type: oddValue }),
  fc.record({ subject_identifier: oddText }),
  fc.record({ subject: mostly(fc.array(entry, { minLength: 1, maxLength: 4 })) }),
  fc.record({ verbose: mostly(fc.boolean()), explain: mostly(fc.boolean()) }),
  fc.record({ when: mostly(fc.constantFrom('2024-01-01T00:00:00.000', '0000-01-01T00:00:00.0')) }),
  fc.record({ ignore_result: mostly(fc.array(fc.integer())) }),
  fc.record({ ignore_waiver: oddValue }),
  fc.record({ packages: mostly(fc.array(oddText)), excluded_packages: mostly(fc.array(oddText)) }),
  fc.record({ product_versions: mostly(fc.array(oddText)), id: oddValue }),
  fc.dictionary(oddText, oddValue, { maxKeys: 2, noNullPrototype: true }),
)
const changes = fc.array(field, { maxLength: 2 }).map((fields): object => Object.assign({}, ...fields))
const request = fc.oneof(
  { weight: 5, arbitrary: changes.map((changed) => JSON.stringify({ ...DEFAULT_REQUEST, ...changed })) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(changes, fc.oneof(fc.array(rule, { maxLength: 3 }), oddValue))
      .map(([changed, rules]) => {
        const { decision_context: _left, ...rest } = DEFAULT_REQUEST
        return JSON.stringify({ ...rest, ...changed, decision_context: undefined, rules })
      }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(150), oddText).map(([at, text]) => {
      const whole = JSON.stringify(DEFAULT_REQUEST)
      return whole.slice(0, at) + text + whole.slice(at + text.length)
    }),
  },
)

it('any request is answered with 2xx, 4xx, 502 or 504, and memory does not grow', async () => {
  const statuses = new Map<number, number>()
  const heap: number[] = []
  const seed = Date.now()
  const bodies = fc.sample(request, { numRuns: REQUESTS, seed })
  for (let from = 0; from < REQUESTS; from += BATCH) {
    const batch = bodies.slice(from, from + BATCH)
    const answers = await Promise.all(batch.map((body) => gate.decide(body)))
    for (const [index, { status, text }] of answers.entries()) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const isFine = status < 300 || (status >= 400 && status < 500) || status === 502 || status === 504
      if (!isFine) throw new Error(`seed ${seed}: ${status} for ${batch[index]}: ${text}`)
    }
    if (from % 2000 === 0) heap.push(await usedHeap())
  }
  heap.push(await usedHeap())
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(REQUESTS)
  // Enough requests must have been valid to exercise the whole decision.
  expect(statuses.get(200) ?? 0).toBeGreaterThan(REQUESTS / 50)
  expect((await gate.decide(DEFAULT_REQUEST)).json.summary).toBe('Of 3 required tests, 3 tests failed')
  console.log({
    statuses: Object.fromEntries(statuses),
    megabytes: heap.map((bytes) => Math.round(bytes / 1048576)),
  })
  const [, warm = 0] = heap
  expect((heap.at(-1) ?? 0) - warm).toBeLessThan(30 * 1024 * 1024)
}, 300_000)

/** Heap size after a garbage collection. */
async function usedHeap(): Promise<number> {
  await sleep(10)
  collectGarbage()
  return process.memoryUsage().heapUsed
}
