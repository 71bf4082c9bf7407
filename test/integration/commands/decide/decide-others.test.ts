/** Results that count for a second subject: what was published about that one stays true (decision 0113). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readMessage } from '../../../../src/bus/messages/routes.ts'
import { openGate } from '../../../../src/commands/gate/open-gate.ts'
import { storeDeliveries } from '../../../../src/commands/intake/store-deliveries.ts'
import { NotReady } from '../../../../src/lib/errors.ts'
import { decideWith } from '../../../../workers/decide.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { policyYaml, test } from '../../../support/gate/builders.ts'
import { startGate, type TestGate } from '../../../support/gate/gate.ts'

const NVR = 'nginx-container-1-1.el8'
const IMAGE = 'redhat-container-image'
const AS_IMAGE = { nvr: NVR, type: IMAGE }
const AS_BUILD = { item: NVR, type: 'koji_build' }
const POLICY = policyYaml('images', [test('t1'), test('t2')], {
  subject_type: IMAGE,
  product_versions: '[rhel-8]',
})

let world: TestGate
let gate: ReturnType<typeof openGate>
let messages: { topic: string; body: string }[] = []
let delivered = 0
beforeAll(async () => {
  world = await startGate({ file: 'request_attempts: 1' })
  gate = openGate(world.ctx)
})
afterAll(() => world.stop())
beforeEach(async () => {
  await world.reset()
  world.world.bus.publish = (topic, body) => messages.push({ topic, body })
  messages = []
  for (const table of ['inbox', 'outbox', 'subjects', 'service_troubles', 'waits'])
    await world.ctx.db.fork().execute(`delete from ${table}`)
  await world.setPolicies(POLICY)
})

const rows = <T>(sql: string) => world.ctx.db.fork().execute<T[]>(sql)

async function deliver(message: { topic: string; body: string } | undefined): Promise<void> {
  delivered += 1
  const { topic = '', body = '' } = message ?? {}
  const delivery = { messageId: `ID:${delivered}`, topic, body: Buffer.from(body), properties: {} }
  await storeDeliveries(world.ctx, [{ delivery, reading: readMessage(delivery, 100_000) }])
}

/** Runs the job of the first message that waits, as a worker does. */
async function decide(): Promise<void> {
  const [waiting] = await rows<{ subject_id: number; id: string }>(
    "select subject_id, id from inbox where state = 'new' order by id limit 1",
  )
  if (!waiting) throw new Error('no message waits')
  const payload = { subjectId: waiting.subject_id, inboxId: Number(waiting.id) }
  await attempt(world.ctx, { queue: 'decide', worker: decideWith(gate), payload, isLast: false })
}

/** A new result, its message and the decisions after it. */
async function result(testCase: string, data: Record<string, string>, outcome = 'PASSED'): Promise<void> {
  await world.putResult(testCase, outcome, data)
  for (const message of messages.splice(0)) await deliver(message)
  await decide()
}

type Sent = { subject_type: string; summary: string; previous: { summary: string } }
const sent = async () =>
  (await rows<{ payload: { msg: Sent } }>('select payload from outbox order by id')).map(({ payload }) => [
    payload.msg.subject_type,
    payload.msg.previous.summary,
    payload.msg.summary,
  ])

const NONE = 'Of 2 required tests, 2 results missing'
const ONE = 'Of 2 required tests, 1 result missing'
const ALL = 'All required tests (2 total) have passed or been waived'
const FAILED = 'Of 2 required tests, 1 test failed'

describe('a result of the build of an image', () => {
  it('changes what was decided on the image, once', async () => {
    await result('t1', AS_IMAGE)
    await world.putResult('t2', 'PASSED', AS_BUILD)
    const [message] = messages.splice(0)
    await deliver(message)
    await decide()
    await deliver(message)
    await decide()
    await result('t2', AS_BUILD, 'FAILED')
    expect(await sent()).toEqual([
      [IMAGE, NONE, ONE],
      [IMAGE, ONE, ALL],
      [IMAGE, ALL, FAILED],
    ])
  })

  it('leads to no decision where nothing was decided on the image before', async () => {
    await result('t1', AS_BUILD)
    expect(await sent()).toEqual([])
    await result('t2', AS_IMAGE)
    expect(await sent()).toEqual([[IMAGE, ONE, ALL]])
  })

  it('waits while the decision on the image cannot be made', async () => {
    await result('t1', AS_IMAGE)
    await world.putResult('t2', 'PASSED', AS_BUILD)
    await deliver(messages.pop())
    world.world.faults.push({ service: 'resultsdb', kind: 'status', status: 503 })
    await expect(decide()).rejects.toThrow(NotReady)
    world.world.faults.length = 0
    await decide()
    await expect(decide()).rejects.toThrow('no message waits')
    expect(await sent()).toEqual([
      [IMAGE, NONE, ONE],
      [IMAGE, ONE, ALL],
    ])
  })
})
