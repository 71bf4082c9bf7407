/** The lab's bus behaves like a real broker: virtual topics, credit, redelivery, outcomes, restarts. */
import { once } from 'node:events'
import rhea, { type Delivery, type EventContext, type Message, type Receiver } from 'rhea'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bus, startBus } from '../../../lab/bus/start.ts'
import { connectClient } from '../../support/bus/amqp-client.ts'
import { eventually } from '../../support/eventually.ts'

describe('the bus of the lab', () => {
  let bus: Bus
  const closers: (() => void)[] = []

  beforeEach(async () => {
    bus = await startBus()
  })
  afterEach(async () => {
    for (const close of closers.splice(0)) close()
    await bus.stop()
  })

  /** A consumer whose deliveries are settled by the test. */
  const attach = async (address: string, credit: number) => {
    const container = rhea.create_container({ id: crypto.randomUUID() })
    const connection = container.connect({ host: '127.0.0.1', port: bus.port, reconnect: false })
    connection.on('disconnected', () => undefined)
    closers.push(() => connection.close())
    const got: { message: Message; delivery: Delivery }[] = []
    const receiver: Receiver = connection.open_receiver({
      source: address,
      credit_window: 0,
      autoaccept: false,
    })
    receiver.on('message', ({ message, delivery }: EventContext) => {
      if (message && delivery) got.push({ message, delivery })
    })
    await once(receiver, 'receiver_open')
    receiver.add_credit(credit)
    const hangUp = async () => {
      connection.close()
      await once(connection, 'connection_close')
    }
    return { got, receiver, hangUp }
  }
  const bodies = (got: { message: Message }[]) => got.map(({ message }) => message.body)

  it('copies a virtual topic to the queue of each consumer whose pattern matches', async () => {
    const broad = await attach('queue://Consumer.a.VirtualTopic.eng.>', 10)
    const narrow = await attach('Consumer.b.VirtualTopic.eng.*.status', 10)
    const unrelated = await attach('Consumer.c.VirtualTopic.qa.#', 10)
    bus.publish('VirtualTopic.eng.errata.status', 'first')
    bus.publish('topic://VirtualTopic.eng.errata.activity.status', 'second')
    await eventually(
      () => broad.got.length,
      (n) => n === 2,
    )
    expect(bodies(broad.got)).toEqual(['first', 'second'])
    expect(broad.got[0]?.message.to).toBe('topic://VirtualTopic.eng.errata.status')
    expect(bodies(narrow.got)).toEqual(['first'])
    expect(unrelated.got).toEqual([])
  })

  it('shares a queue among its consumers and exceeds the credit of none', async () => {
    const first = await attach('queue://work', 3)
    const second = await attach('queue://work', 2)
    for (const n of [1, 2, 3, 4, 5, 6, 7]) bus.publish('queue://work', n)
    const third = await attach('queue://work', 10)
    await eventually(
      () => [first, second, third].map(({ got }) => got.length),
      (counts) => counts.join() === '3,2,2',
    )
    expect(bus.depth('work')).toBe(7)
    for (const { delivery } of first.got) delivery.accept()
    await eventually(
      () => bus.depth('work'),
      (depth) => depth === 4,
    )
  })

  it('redelivers what a lost consumer did not settle, first in line and with a delivery count', async () => {
    const gone = await attach('queue://work', 2)
    for (const text of ['a', 'b', 'c']) bus.publish('queue://work', text)
    await eventually(
      () => gone.got.length,
      (n) => n === 2,
    )
    await gone.hangUp()
    const next = await attach('queue://work', 10)
    await eventually(
      () => next.got.length,
      (n) => n === 3,
    )
    expect(bodies(next.got)).toEqual(['a', 'b', 'c'])
    expect(next.got.map(({ message }) => message.delivery_count)).toEqual([1, 1, 0])
  })

  it('handles each outcome of a delivery', async () => {
    const consumer = await attach('queue://work', 100)
    const dead = await attach('queue://DLQ', 10)
    bus.publish('queue://work', 'released')
    await eventually(
      () => consumer.got.length,
      (n) => n === 1,
    )
    consumer.got[0]?.delivery.release()
    await eventually(
      () => consumer.got.length,
      (n) => n === 2,
    )
    consumer.got[1]?.delivery.reject({ condition: 'x', description: 'no' })
    await eventually(
      () => dead.got.length,
      (n) => n === 1,
    )
    bus.publish('queue://work', 'modified')
    for (let seen = 3; seen <= 7; seen++) {
      await eventually(
        () => consumer.got.length,
        (n) => n === seen,
      )
      expect(consumer.got.at(-1)?.message.delivery_count).toBe(seen - 3)
      consumer.got.at(-1)?.delivery.modified({ delivery_failed: true })
    }
    await eventually(
      () => bodies(dead.got),
      (texts) => texts.includes('modified'),
    )
  })

  it('keeps its messages over a restart and serves on the same port', async () => {
    await (await connectClient(bus.url)).send('queue://work', [{ body: 'kept' }])
    await bus.pause()
    await expect(connectClient(bus.url)).rejects.toThrow('no broker')
    bus.publish('queue://work', 'while down')
    await bus.restart()
    const consumer = await attach('queue://work', 10)
    await eventually(
      () => consumer.got.length,
      (n) => n === 2,
    )
    expect(bodies(consumer.got)).toEqual(['kept', 'while down'])
  })

  it("records what clients have sent, and drops the messages that match a test's filter", async () => {
    const client = await connectClient(bus.url)
    const consumer = await attach('Consumer.a.VirtualTopic.>', 10)
    const stop = bus.dropMatching(({ properties }) => properties.n === 1)
    const message = (n: number) => ({
      message_id: `m${n}`,
      subject: 's',
      body: JSON.stringify({ n }),
      application_properties: { n },
    })
    await client.send('topic://VirtualTopic.x', [message(1), message(2)])
    stop()
    await client.send('topic://VirtualTopic.y', [message(1)])
    await client.close()
    expect(bus.received().map(({ topic, messageId }) => [topic, messageId])).toEqual([
      ['VirtualTopic.x', 'm1'],
      ['VirtualTopic.x', 'm2'],
      ['VirtualTopic.y', 'm1'],
    ])
    expect(bus.received('VirtualTopic.y')[0]).toMatchObject({
      subject: 's',
      body: '{"n":1}',
      properties: { n: 1 },
    })
    await eventually(
      () => bodies(consumer.got),
      (texts) => texts.join() === '{"n":2},{"n":1}',
    )
  })

  it('drops what is sent to a topic without subscribers', async () => {
    bus.publish('VirtualTopic.x', 'lost')
    const consumer = await attach('Consumer.a.VirtualTopic.x', 10)
    bus.publish('VirtualTopic.x', 'found')
    await eventually(
      () => bodies(consumer.got),
      (texts) => texts.join() === 'found',
    )
  })
})
