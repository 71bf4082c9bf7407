/** Sending to each kind of broker: order, credit, and certainty about what was accepted. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readBrokers } from '../../../src/bus/broker.ts'
import { type BusConnection, connectBus } from '../../../src/bus/connect.ts'
import { type BusSender, createSender } from '../../../src/bus/send.ts'
import { createLog } from '../../../src/lib/log.ts'
import { BROKERS, type TestBroker } from '../../support/bus/bus.ts'
import { leftOver } from '../../support/bus/left-over.ts'
import { eventually } from '../../support/eventually.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

/** More than a busy machine needs until thousands of messages are accepted. */
const PATIENCE_MS = 220_000

describe.each(BROKERS)('sending to $name', ({ name, open }) => {
  let broker: TestBroker
  let bus: BusConnection
  let sender: BusSender

  beforeAll(async () => {
    broker = await open()
  })
  afterAll(async () => {
    await broker.stop()
  })
  beforeEach(() => {
    bus = connectBus(readBrokers({ AMQP_URL: [broker.url] }), 'send-test', createLog('silent'))
    sender = createSender(bus, PATIENCE_MS)
  })
  afterEach(async () => {
    await bus.close()
  })

  const message = (id: number, topic = 'event.state.changed') => ({
    address: `${broker.outPrefix}.${topic}`,
    messageId: `freshwave-${id}`,
    subject: topic,
    body: JSON.stringify({ id }),
    createdAt: new Date('2026-11-21T12:00:00Z'),
  })
  const takeAll = () => leftOver(broker, 'outSource')

  it('sets every property that consumers rely on', async () => {
    await sender.send(message(1))
    const [received] = await takeAll()
    expect(received).toMatchObject({
      message_id: 'freshwave-1',
      subject: 'event.state.changed',
      content_type: 'application/json',
      creation_time: new Date('2026-11-21T12:00:00Z'),
      durable: true,
      body: '{"id":1}',
    })
  })

  it('sends more messages at once than the broker grants credit for, in order', async () => {
    await Promise.all(numbers(5000).map((id) => sender.send(message(id))))
    const received = await takeAll()
    expect(received.map(({ message_id }) => message_id)).toEqual(numbers(5000).map((id) => `freshwave-${id}`))
  })

  it('keeps the order of each address when two are used at the same time', async () => {
    await Promise.all(numbers(300).map((id) => sender.send(message(id, id % 2 ? 'odd' : 'even'))))
    const received = await takeAll()
    for (const subject of ['odd', 'even']) {
      const ids = received.filter((sent) => sent.subject === subject).map((sent) => sent.message_id)
      expect(ids).toEqual(
        numbers(300)
          .filter((id) => (id % 2 ? 'odd' : 'even') === subject)
          .map((id) => `freshwave-${id}`),
      )
    }
  })

  // The lab bus has every address.
  if (name === 'RabbitMQ')
    it('fails for an address that the broker does not know, and for no other', async () => {
      await expect(sender.send({ ...message(1), address: '/exchange/nowhere/x' })).rejects.toThrow(
        "/exchange/nowhere/x: the broker closed the link: amqp:not-found NOT_FOUND - no exchange 'nowhere' in vhost '/'",
      )
      const elsewhere = { ...message(2), address: broker.topic('VirtualTopic.x') }
      await expect(sender.send(elsewhere)).resolves.toBeUndefined()
    })

  it('fails with the reason when the broker is unreachable for too long', async () => {
    const impatient = createSender(bus, 2000)
    await sender.send(message(1))
    await broker.kill()
    await eventually(
      () => bus.status().connected,
      (connected) => !connected,
    )
    await expect(impatient.send(message(2))).rejects.toThrow(
      /event\.state\.changed: not accepted within 2 s \(not connected: .*ECONNREFUSED/,
    )
    await broker.start()
    await eventually(
      () => bus.status().connected,
      (connected) => connected,
      220_000,
    )
    await sender.send(message(3))
    const ids = (await takeAll()).map(({ message_id }) => message_id)
    expect(ids).toEqual(['freshwave-1', 'freshwave-3'])
  })

  it('reports every message lost with a dying broker, so that a repeat loses none', async () => {
    const sent: Promise<unknown>[] = []
    const failures: number[] = []
    const impatient = createSender(bus, 2000) // what was not sent yet fails after that time
    const sendMore = () => {
      for (const id of numbers(100).map((number) => sent.length + number))
        sent.push(impatient.send(message(id)).catch(() => failures.push(id)))
    }
    sendMore()
    await sent[50]
    const killed = broker.kill().then(() => true)
    while ((await Promise.race([killed, sent.at(-1)])) !== true) sendMore()
    sendMore() // these at least are lost
    await Promise.all(sent)
    expect(failures.length).toBeGreaterThan(0)
    await broker.start()
    await eventually(
      () => bus.status().connected,
      (connected) => connected,
      220_000,
    )
    await Promise.all(failures.map((id) => sender.send(message(id))))
    const ids = (await takeAll()).map(({ message_id }) => message_id)
    expect(new Set(ids)).toEqual(new Set(numbers(sent.length).map((id) => `freshwave-${id}`)))
  })
})
