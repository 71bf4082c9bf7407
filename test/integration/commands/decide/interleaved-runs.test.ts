/** Runs of two processes with caches of their own, whose calls and the news between them come in any order (decision 0035). */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { announceResult, announceWaiver } from '../../../../lab/news.ts'
import { resultJson } from '../../../../lab/services/resultsdb/answers.ts'
import { addResult } from '../../../../lab/services/resultsdb/state.ts'
import { waiverJson } from '../../../../lab/services/waiverdb/answers.ts'
import { addWaiver } from '../../../../lab/services/waiverdb/state.ts'
import { decideSubject } from '../../../../src/commands/decide/decide-subject.ts'
import { type Gate, openGate } from '../../../../src/commands/gate/open-gate.ts'
import { createPublishAtOnce } from '../../../../src/commands/publish/publish-at-once.ts'
import { policyYaml, test } from '../../../support/gate/builders.ts'
import { type MessageGate, startMessageGate } from '../../../support/gate/message-gate.ts'
import { comparable, publishedDecisions } from '../../../support/gate/published-decisions.ts'

const NVR = 'glibc-1.0-1.fc26'
const CONTEXTS = { c1: [test('t1')], c2: [test('t1'), test('t2')] }
const POLICIES = Object.entries(CONTEXTS).map(([decision_context, rules]) =>
  policyYaml(decision_context, rules, { decision_context }),
)

const testCase = fc.constantFrom('t1', 't2')
/** `isLater`: at the next microsecond, else at the same instant as the news before. `runsIn`: the processes that run then. */
const timing = {
  isLater: fc.boolean(),
  runsIn: fc.uniqueArray(fc.constantFrom(0, 1), { maxLength: 2 }),
}
const news = fc.oneof(
  fc.record({ ...timing, testCase, outcome: fc.constantFrom('PASSED', 'PASSED', 'FAILED', 'ERROR') }),
  fc.record({ ...timing, testCase, waived: fc.boolean() }),
)

let world: MessageGate
beforeAll(async () => {
  world = await startMessageGate({ file: 'cache_seconds: 600' })
})
afterAll(() => world.stop())

/** Receives the messages that wait, and reads what they are about; returns the subject. */
async function deliver(): Promise<number> {
  await world.deliverAll()
  const [subject] = await world.rows<{ id: number }>('select id from subjects')
  return subject?.id ?? 0
}

async function begin(): Promise<void> {
  await world.reset()
  await world.setPolicies(POLICIES.join(''))
}

function happen(
  item: { testCase: string; outcome: string } | { testCase: string; waived: boolean },
  at: string,
) {
  const lab = world.world
  if ('outcome' in item) {
    const data = { item: [NVR], type: ['koji_build'] }
    const result = addResult(lab.resultsDb, { ...item, data, submittedAt: at })
    announceResult(lab, result, resultJson(lab.resultsDb, 'http://resultsdb', result))
  } else {
    const about = { subjectType: 'koji_build', subjectIdentifier: NVR, productVersion: 'fedora-26' }
    announceWaiver(lab, waiverJson(addWaiver(lab.waiverDb, { ...about, ...item, givenAt: at })))
  }
}

/** The gate of a process, whose calls begin and whose answers arrive when the scheduler says so. */
function interleaved(schedule: fc.Scheduler): Gate {
  const gate = openGate(world.ctx)
  return {
    ...gate,
    gather: async (...given) => {
      await schedule.schedule(Promise.resolve(), 'call')
      const facts = await gate.gather(...given)
      await schedule.schedule(Promise.resolve(), 'answer')
      return facts
    },
  }
}

it('the published changes follow from each other, and the last one is the current decision', async () => {
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.array(news, { minLength: 1, maxLength: 6 }),
    async (schedule, list) => {
      await begin()
      const gates = [interleaved(schedule), interleaved(schedule)]
      const runs: Promise<void>[] = []
      const run = (gate: Gate | undefined, subjectId: number) =>
        gate ? decideSubject(world.ctx, { gate, publish: createPublishAtOnce() }, subjectId) : undefined
      let micros = 0
      const happenAll = async () => {
        for (const { isLater, runsIn, ...item } of list) {
          await schedule.schedule(Promise.resolve(), 'news')
          micros += Number(isLater)
          happen(item, `2026-11-28T01:00:00.${String(micros).padStart(6, '0')}`)
          const subjectId = await deliver()
          for (const index of runsIn) runs.push(Promise.resolve(run(gates[index], subjectId)))
        }
      }
      await schedule.waitFor(happenAll())
      await schedule.waitFor(Promise.all(runs))
      await schedule.waitFor(Promise.resolve(run(gates[0], await deliver())))

      const outbox = await world.rows<{ id: string; payload: unknown }>(
        'select id, payload from outbox order by id',
      )
      const published = publishedDecisions(
        outbox.map(({ id, payload }) => ({ messageId: id, body: JSON.stringify(payload) })),
      )
      for (const decision_context of Object.keys(CONTEXTS)) {
        const changes = published.get(`${NVR} ${decision_context}`) ?? []
        for (const [index, { previous, decision }] of changes.entries()) {
          expect(decision).not.toBe(previous)
          if (index > 0) expect(previous).toBe(changes[index - 1]?.decision)
        }
        const about = { product_version: 'fedora-26', subject_type: 'koji_build', subject_identifier: NVR }
        const fetchDecision = async (more = {}) =>
          comparable((await world.decide({ ...about, decision_context, ...more })).json)
        const first = changes[0]?.previous ?? (await fetchDecision())
        expect(first).toBe(await fetchDecision({ when: '2026-11-27T23:59:59.000000' }))
        if (changes.length > 0) expect(changes.at(-1)?.decision).toBe(await fetchDecision())
      }
    },
  )
  await fc.assert(property, { numRuns: 60 })
})
