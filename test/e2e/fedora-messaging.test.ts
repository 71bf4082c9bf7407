/** Beside clients of fedora-messaging, on its RabbitMQ: their results are evaluated, and they can read what changes (behaviour/greenwave 6.5). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectOldClient, type OldClient } from '../support/bus/amqp-091-client.ts'
import { RABBITMQ, type TestBroker } from '../support/bus/bus.ts'
import { eventually } from '../support/eventually.ts'
import { startDecisionWorld } from '../support/gate/decision-world.ts'

const TOPIC = 'org.fedoraproject.prod.greenwave.decision.update'
const NVR = 'glibc-1.0-1.fc26'

describe.each(RABBITMQ)('on $name', ({ open }) => {
  let broker: TestBroker
  let client: OldClient
  beforeAll(async () => {
    broker = await open()
    client = await connectOldClient(broker.url)
  })
  afterAll(async () => {
    await client.close()
    await broker.stop()
  })

  it('a changed decision arrives as Greenwave published it there: by itself, in UTF-8, under its topic', async () => {
    const world = await startDecisionWorld(broker, {
      env: { DECISION_UPDATE_DESTINATION: broker.topic(TOPIC) },
      file: 'decision_update_format: fedora-messaging',
    })
    const result = await world.putResult('dist.rpmdeplint', 'PASSED', { item: NVR, type: 'koji_build' })
    await client.publish('org.fedoraproject.prod.resultsdb.result.new', 'e2e-result', JSON.stringify(result))
    for (const context of ['bodhi_update_push_stable', 'bodhi_update_push_testing']) {
      const { body, messageId, ...message } = await client.take('fedora')
      expect(message).toEqual({
        routingKey: TOPIC,
        contentType: 'application/json',
        contentEncoding: 'utf-8',
      })
      expect(messageId).toMatch(/^freshwave-\d+$/)
      expect(JSON.parse(body)).toMatchObject({
        decision_context: context,
        product_version: 'fedora-26',
        subject_type: 'koji_build',
        subject_identifier: NVR,
        policies_satisfied: context === 'bodhi_update_push_testing',
        previous: { policies_satisfied: false },
      })
    }
    await eventually(
      () => world.rows<{ state: string }>(`select state from inbox where message_id = 'e2e-result'`),
      ([row]) => row?.state === 'done',
    )
  })
})
