/** Clients of RabbitMQ that speak AMQP 0-9-1: they read what is sent here, and what they send is read. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBrokers } from '../../../src/bus/broker.ts'
import { connectBus } from '../../../src/bus/connect.ts'
import { readDelivery } from '../../../src/bus/delivery.ts'
import { createSender } from '../../../src/bus/send.ts'
import { createLog } from '../../../src/lib/log.ts'
import { connectOldClient, type OldClient } from '../../support/bus/amqp-091-client.ts'
import { RABBITMQ, type TestBroker } from '../../support/bus/bus.ts'
import { leftOver } from '../../support/bus/left-over.ts'

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

  it('they receive the JSON itself, under its topic', async () => {
    const bus = connectBus(readBrokers({ AMQP_URL: [broker.url] }), 'old-clients-test', createLog('silent'))
    const body = JSON.stringify({ state_name: 'COMPLETE', state_reason: 'Žluťoučký' })
    await createSender(bus).send({
      address: `${broker.outPrefix}.event.state.changed`,
      messageId: 'freshwave-1',
      subject: 'event.state.changed',
      body,
      createdAt: new Date(),
    })
    expect(await client.take('outbox')).toEqual({
      routingKey: 'VirtualTopic.eng.freshmaker.event.state.changed',
      contentType: 'application/json',
      contentEncoding: undefined,
      messageId: 'freshwave-1',
      body,
    })
    await bus.close()
  })

  it('their messages are read, with the topic that they publish to', async () => {
    const topic = 'VirtualTopic.eng.resultsdb.result.new'
    await client.publish(topic, '6ad1f8b2-result', '{"id":7,"outcome":"PASSED"}')
    const message = (await leftOver(broker, 'source')).find(
      ({ message_id }) => message_id === '6ad1f8b2-result',
    )
    if (!message) throw new Error('it has not arrived')
    const delivery = readDelivery(message, broker.source, ['resultsdb.result.new'])
    expect(delivery).toMatchObject({ messageId: '6ad1f8b2-result', topic })
    expect(delivery.body.toString()).toBe('{"id":7,"outcome":"PASSED"}')
  })
})
