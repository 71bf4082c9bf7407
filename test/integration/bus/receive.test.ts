/** Receiving from each kind of broker: credit, settlement, reconnects and durable subscriptions. */
import pino from 'pino'
import type { Message } from 'rhea'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { startBus } from '../../../lab/bus/start.ts'
import { readBrokers } from '../../../src/bus/broker.ts'
import { type BusConnection, connectBus } from '../../../src/bus/connect.ts'
import { type HeldDelivery, receive } from '../../../src/bus/receive.ts'
import { createLog } from '../../../src/lib/log.ts'
import { connectClient } from '../../support/bus/amqp-client.ts'
import { BROKERS, RABBITMQ, type TestBroker } from '../../support/bus/bus.ts'
import { leftOver } from '../../support/bus/left-over.ts'
import { STATUS_TOPIC, statusMessage } from '../../support/bus/messages.ts'
import { eventually } from '../../support/eventually.ts'

const log = createLog('silent')
const SUFFIXES = ['errata.activity.status']
const WINDOW = { messages: 10, bytes: 1024 ** 2 }
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

afterAll(() => vi.restoreAllMocks())

const now = () => new Date()

describe.each(BROKERS)('receiving from $name', ({ open }) => {
  let broker: TestBroker
  const opened: BusConnection[] = []
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => undefined)

  beforeAll(async () => {
    broker = await open()
  })
  afterAll(async () => {
    await broker.stop()
  })
  afterEach(async () => {
    for (const bus of opened.splice(0)) await bus.close()
    await leftOver(broker, 'source')
    expect(complaints.mock.calls.flat()).toEqual([])
  })

  const send = async (count: number, extra: Partial<Message> = {}) => {
    const client = await connectClient(broker.url)
    await client.send(
      broker.topic(STATUS_TOPIC),
      numbers(count).map((id) => ({ ...statusMessage(id), ...extra })),
    )
    await client.close()
  }
  /** Resolves when another consumer has got this many: that is what was not requested here. */
  const takeOthers = async (count: number) => {
    const client = await connectClient(broker.url)
    const { received } = await client.consume(broker.source)
    await eventually(
      () => received.length,
      (n) => n >= count,
    )
    await client.close()
  }
  const hold = (messages: number, bytes = 1024 ** 2) => {
    const held: HeldDelivery[] = []
    const bus = connectBus(readBrokers({ AMQP_URL: [broker.url] }), `receive-${crypto.randomUUID()}`, log)
    opened.push(bus)
    const onDelivery = (delivery: HeldDelivery) => held.push(delivery)
    const window = { messages, bytes }
    receive(bus, { sources: [broker.source], window, suffixes: SUFFIXES, onDelivery, now }, log)
    return { held, bus }
  }
  const has = (held: HeldDelivery[], count: number) =>
    eventually(
      () => held.length,
      (n) => n >= count,
    )

  it('holds two windows at most, and gets the next one when one of them is settled', async () => {
    await send(40)
    const { held } = hold(10)
    await has(held, 20)
    for (const delivery of held.slice(0, 9)) delivery.accept()
    await takeOthers(20)
    expect(held).toHaveLength(20)
    held[9]?.accept()
    await send(20)
    await has(held, 30)
    await takeOthers(10)
    expect(held).toHaveLength(30)
  })

  it.each([
    ['none while too much is held', 7, 10],
    ['fewer where messages are large', 8, 14],
  ])('requests %s', async (_title, settled, requested) => {
    await send(40, { body: 'x'.repeat(10_000) })
    const { held } = hold(10, 20_000)
    await has(held, 10)
    for (const delivery of held.slice(0, settled)) delivery.accept()
    await has(held, requested)
    await takeOthers(40 - requested)
    expect(held).toHaveLength(requested)
  })

  it('receives a thousand messages in small windows without a delivery beyond its credit', async () => {
    await send(1000)
    const { held } = hold(7)
    let next = 0
    while (next < 1000) {
      await has(held, next + 1)
      held[next++]?.accept()
    }
    await send(1) // what arrived twice would have come before it
    await has(held, 1001)
    const ids = [...numbers(1000), 1].map((id) => `ID:${id}`)
    expect(held.map(({ delivery }) => delivery.messageId)).toEqual(ids)
  })

  it('returns to the broker what it held when its connection ended', async () => {
    await send(10)
    const { held, bus } = hold(10)
    await has(held, 10)
    for (const delivery of held.slice(0, 3)) delivery.accept()
    await bus.close()
    for (const delivery of held) delivery.accept()
    const ids = (await leftOver(broker, 'source')).map(({ message_id }) => message_id)
    expect(ids.sort()).toEqual(
      numbers(10)
        .slice(3)
        .map((id) => `ID:${id}`)
        .sort(),
    )
  })

  it('gets a released delivery again', async () => {
    await send(1)
    const { held, bus } = hold(3)
    await has(held, 1)
    held[0]?.release()
    held[0]?.accept()
    await has(held, 2)
    expect(held[1]?.delivery.messageId).toBe('ID:1')
    held[1]?.accept()
    await bus.close()
    expect(await leftOver(broker, 'source')).toEqual([])
  })

  it('continues after the broker was killed', async () => {
    const { held, bus } = hold(10)
    await eventually(
      () => bus.status().connected,
      (connected) => connected,
    )
    await broker.kill()
    await broker.start()
    await send(5)
    await eventually(
      () => held.length,
      (n) => n >= 5,
      220_000,
    )
    for (const delivery of held) delivery.accept()
  })
})

describe.each(RABBITMQ)('a source unknown to $name', ({ open }) => {
  it('does not affect the others', async () => {
    const broker = await open()
    const lines: string[] = []
    const logged = pino({ level: 'warn' }, { write: (line) => void lines.push(line) })
    const bus = connectBus(readBrokers({ AMQP_URL: [broker.url] }), 'receive-test', logged)
    const held: HeldDelivery[] = []
    const sources = ['/amq/queue/not-there', broker.source]
    const onDelivery = (delivery: HeldDelivery) => held.push(delivery)
    const reception = { window: WINDOW, suffixes: SUFFIXES, onDelivery, now }
    const all = receive(bus, { sources, ...reception }, logged)
    const one = receive(bus, { sources: [broker.source], ...reception }, logged)
    await eventually(one.fromAll, Boolean)
    await eventually(
      () => lines.filter((line) => line.includes('/amq/queue/not-there')).length,
      (refusals) => refusals >= 2,
    )
    const client = await connectClient(broker.url)
    await client.send(broker.topic(STATUS_TOPIC), [statusMessage(1)])
    await client.close()
    await eventually(
      () => held.length,
      (n) => n === 1,
    )
    expect([bus.status().connected, all.fromAll(), one.fromAll()]).toEqual([true, false, true])
    const detail = expect.stringMatching(/^amqp:/)
    expect(all.refused()).toEqual([{ source: '/amq/queue/not-there', detail, since: expect.any(Date) }])
    expect(one.refused()).toEqual([])
    await bus.close()
    expect(one.fromAll()).toBe(false)
    expect(all.refused()).toEqual([])
    await broker.stop()
  })
})

describe('a source that is a topic', () => {
  it('has a durable subscription: messages sent while we are disconnected arrive later', async () => {
    const broker = await startBus()
    const held: HeldDelivery[] = []
    const open = () => {
      const bus = connectBus(readBrokers({ AMQP_URL: [broker.url] }), 'always-the-same', log)
      receive(
        bus,
        {
          sources: ['topic://VirtualTopic.eng.>'],
          window: WINDOW,
          suffixes: SUFFIXES,
          now,
          onDelivery(delivery) {
            held.push(delivery)
            delivery.accept()
          },
        },
        log,
      )
      return bus
    }
    const first = open()
    const sendUntilHeld = async (body: string) => {
      await eventually(
        () => {
          broker.publish(STATUS_TOPIC, body)
          return held.length
        },
        (n) => n > 0,
      )
    }
    await sendUntilHeld('first')
    await first.close()
    held.length = 0
    broker.publish(STATUS_TOPIC, 'while away')
    const second = open()
    await eventually(
      () => held.map(({ delivery }) => delivery.body.toString()),
      (bodies) => bodies.includes('while away'),
    )
    await second.close()
    await broker.stop()
  })
})
