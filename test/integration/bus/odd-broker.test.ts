/** Simulates what brokers and other senders may do, but the lab's bus and RabbitMQ do not: each message still arrives or fails once. */
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import rhea, { type Container, type Delivery, type EventContext, type Receiver, type Sender } from 'rhea'
import { expect, it, onTestFinished } from 'vitest'
import { readBrokers } from '../../../src/bus/broker.ts'
import { type BusConnection, connectBus } from '../../../src/bus/connect.ts'
import { type HeldDelivery, receive } from '../../../src/bus/receive.ts'
import { createSender } from '../../../src/bus/send.ts'
import { createLog } from '../../../src/lib/log.ts'
import { eventually } from '../../support/eventually.ts'

const log = createLog('silent')

/** A container that listens, and a connection of ours to it; `open`: what it announces when a connection opens. */
async function oddBroker(
  prepare: (container: Container) => void,
  options = {},
  open = {},
): Promise<BusConnection> {
  const container = rhea.create_container({
    id: 'odd',
    credit_window: 0,
    autosettle: true,
    ...options,
  } as object)
  prepare(container)
  const server = container.listen({ port: 0, host: '127.0.0.1', ...open })
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo // it listens on a port
  const bus = connectBus(readBrokers({ AMQP_URL: [`amqp://127.0.0.1:${port}`] }), 'odd-broker-test', log)
  onTestFinished(() => bus.close())
  return bus
}

const now = () => new Date()

it('receives a message that cannot be decoded once, and what comes behind it', async () => {
  const accepted: number[] = []
  const bus = await oddBroker((container) => {
    container.on('accepted', ({ delivery }: EventContext) => accepted.push(delivery?.id ?? -1))
    container.once('sendable', ({ sender }: EventContext) => {
      sender?.send(Buffer.from('no sections'), undefined, 0)
      sender?.send(Buffer.from('another format'), undefined, 7)
      sender?.send({
        message_id: 'last',
        body: 'b',
        application_properties: { at: rhea.types.wrap_timestamp(9e15) },
      })
    })
  })
  const held: HeldDelivery[] = []
  const onDelivery = (delivery: HeldDelivery) => {
    held.push(delivery)
    delivery.accept()
  }
  receive(bus, { sources: ['q'], window: { messages: 10, bytes: 1000 }, suffixes: [], onDelivery, now }, log)
  await eventually(
    () => accepted.length,
    (count) => count === 3,
  )
  expect(
    held.map(({ delivery }) => [delivery.messageId, delivery.body.toString(), delivery.problem]),
  ).toEqual([
    [expect.stringMatching(/^sha256-/), 'no sections', expect.stringContaining('cannot be decoded')],
    [expect.stringMatching(/^sha256-/), 'another format', expect.stringContaining('cannot be decoded')],
    ['last', 'b', undefined],
  ])
  expect(bus.status().connected).toBe(true)
})

it('receives a message without any section once, and what comes behind it', async () => {
  const bodies = [Buffer.alloc(0), rhea.message.encode({ body: 'behind' })]
  const bus = await oddBroker((container) => {
    container.on('sendable', ({ sender }: EventContext) => {
      const body = bodies.shift()
      if (body) sender?.send(body, undefined, 0)
    })
  })
  const received: string[] = []
  const onDelivery = ({ delivery, accept }: HeldDelivery) => {
    received.push(delivery.body.toString())
    accept()
  }
  receive(bus, { sources: ['q'], window: { messages: 1, bytes: 1000 }, suffixes: [], onDelivery, now }, log)
  await eventually(
    () => received.length,
    (count) => count === 2,
  )
  expect(received).toEqual(['', 'behind'])
})

/** Makes a session of the peer abort its next transfer: in its last frame, or before that. */
function abortNext(session: object, { more }: { more: boolean }): void {
  const frames = session as { output(frame: Record<string, unknown>, payload?: Buffer): void }
  const output = frames.output.bind(session)
  frames.output = (frame, payload) => {
    frames.output = output
    output(Object.assign(frame, { aborted: true, more }), payload)
  }
}

it.each([
  ['in its last frame', false],
  ['with more announced', true],
])('leaves out a message that is aborted %s, and receives it when it is sent again', async (_when, more) => {
  const body = JSON.stringify({ errata_id: 1 })
  const whole = rhea.message.encode({ message_id: 'm', body })
  const parts = [whole.subarray(0, -5), whole, rhea.message.encode({ message_id: 'behind', body: 'b' })]
  const bus = await oddBroker((container) => {
    container.on('sendable', ({ sender }: EventContext) => {
      const part = parts.shift()
      if (!sender || !part) return
      if (parts.length === 2) abortNext(sender.session, { more })
      sender.send(part, undefined, 0)
    })
  })
  const received: string[] = []
  const onDelivery = ({ delivery, accept }: HeldDelivery) => {
    received.push(`${delivery.messageId} ${delivery.body}`)
    accept()
  }
  receive(bus, { sources: ['q'], window: { messages: 1, bytes: 1000 }, suffixes: [], onDelivery, now }, log)
  await eventually(
    () => received.length,
    (count) => count >= 2,
  )
  expect(received).toEqual([`m ${body}`, 'behind b'])
})

const message = (id: string, body = '{}') => ({
  address: 'q',
  messageId: id,
  subject: 's',
  body,
  createdAt: new Date(),
})

it('sends over a new link while the session of a detached one still ends', async () => {
  let links = 0
  const bus = await oddBroker((container) => {
    container.on('receiver_open', ({ receiver }: EventContext) => {
      links += 1
      if (links === 1)
        receiver?.close({ condition: 'amqp:resource-deleted', description: 'the queue is gone' })
      else receiver?.add_credit(1)
    })
  })
  const sender = createSender(bus)
  await expect(sender.send(message('first'))).rejects.toThrow('the queue is gone')
  await sender.send(message('second'))
  expect(links).toBe(2)
})

it('fails only the message that is larger than the broker accepts, with that reason', async () => {
  const options = { receiver_options: { max_message_size: 1000 } }
  const bus = await oddBroker((container) => {
    container.on('receiver_open', ({ receiver }: EventContext) => receiver?.add_credit(5))
  }, options)
  const sender = createSender(bus)
  const large = sender.send(message('large', 'x'.repeat(1000)))
  const small = sender.send(message('small'))
  await expect(large).rejects.toThrow(/q: the message has 1\d\d\d bytes, the broker accepts at most 1000/)
  await small
})

it.each([
  ['RabbitMQ', undefined],
  ['another', 'q: the broker released the message'],
])(
  'counts a message that %s releases as sent only if that means that there is no subscriber',
  async (product, failure) => {
    const bus = await oddBroker(
      (container) => {
        container.on('receiver_open', ({ receiver }: EventContext) => receiver?.add_credit(1))
        container.on('message', ({ delivery }: EventContext) => delivery?.release())
      },
      { autoaccept: false },
      { properties: { product } },
    )
    const sent = createSender(bus).send(message('without subscribers'))
    expect(await sent.catch(({ message: text }: Error) => text)).toBe(failure)
  },
)

it.each([
  [
    'an error',
    'rejected',
    (delivery: Delivery) => delivery.reject({ condition: 'amqp:not-allowed' }),
    ': amqp:not-allowed',
  ],
  [
    'changes to make',
    'modified',
    (delivery: Delivery) => delivery.modified({ undeliverable_here: true }),
    '',
  ],
  ['no outcome', 'settled', (delivery: Delivery) => delivery.update(true), ''],
])('reports at once a message that the broker settles with %s', async (_what, verb, answer, reason) => {
  const bus = await oddBroker(
    (container) => {
      container.on('receiver_open', ({ receiver }: EventContext) => receiver?.add_credit(1))
      container.on('message', ({ delivery }: EventContext) => delivery && answer(delivery))
    },
    { autoaccept: false },
  )
  const sent = createSender(bus).send(message('m'))
  await expect(sent).rejects.toThrow(new RegExp(`^q: the broker ${verb} the message${reason}$`))
})

it('distinguishes an address that takes nothing from a broker that does not answer', async () => {
  const bus = await oddBroker(
    (container) => {
      container.on('receiver_open', ({ receiver }: EventContext) => receiver?.add_credit(1))
      container.on('message', () => undefined)
    },
    { autoaccept: false },
  )
  const sender = createSender(bus, 1000)
  const [answer, credit] = [sender.send(message('first')), sender.send(message('second'))]
  await expect(answer).rejects.toThrow('the broker does not answer')
  await expect(credit).rejects.toThrow('the broker accepts no messages for this address')
})

it('reports a reason without a description', async () => {
  const bus = await oddBroker((container) => {
    container.on('connection_open', ({ connection }: EventContext) =>
      connection.close({ condition: 'amqp:connection:forced' }),
    )
  })
  await eventually(
    () => bus.status().detail,
    (detail) => detail === 'amqp:connection:forced',
    10_000,
  )
})

it.each([
  ['for good', true],
  ['for now, as with a durable subscription', false],
])('answers a link that is detached %s in the same way, before its session ends', async (_what, isClosed) => {
  const events: string[] = []
  const end = (link: Receiver | Sender | undefined) => {
    if (isClosed) link?.close({ condition: 'amqp:resource-deleted' })
    else link?.detach()
  }
  const note = (name: string, link: object | undefined) => {
    const { closed } = Object(link).remote.detach // no types have it
    events.push(`${name} ${closed ? 'closed' : 'detached'}`)
  }
  const bus = await oddBroker((container) => {
    container.once('sender_open', ({ sender }: EventContext) => end(sender))
    container.once('receiver_open', ({ receiver }: EventContext) => end(receiver))
    container.on('sender_close', ({ sender }: EventContext) => note('source', sender))
    container.on('receiver_close', ({ receiver }: EventContext) => note('target', receiver))
    container.on('session_close', () => events.push('session'))
  })
  const onDelivery = () => undefined
  const window = { messages: 10, bytes: 1000 }
  receive(bus, { sources: ['topic://t'], window, suffixes: [], onDelivery, now }, log)
  const answer = isClosed ? 'closed' : 'detached'
  await eventually(
    () => events.join(),
    (seen) => seen === `source ${answer},session`,
  )
  await expect(createSender(bus).send(message('m'))).rejects.toThrow('the broker closed the link')
  await eventually(
    () => events.join(),
    (seen) => seen === `source ${answer},session,target ${answer},session`,
  )
})

/** The connection at the end of a broker, which writes bytes as they are. */
type Wire = { socket: Socket }

it('notices that a broker falls silent in the middle of a message', async () => {
  const [half, ...parts] = [Buffer.from([0, 1, 0, 0, 2, 0, 0, 0]), Buffer.alloc(10), Buffer.alloc(10)]
  const bus = await oddBroker((container) => {
    container.on('sender_open', async ({ connection }: EventContext) => {
      const { socket } = connection as unknown as Wire
      const write = socket.write.bind(socket)
      socket.write = () => true // the pulse of the connection
      write(half)
      for (const part of parts) {
        await new Promise((resolve) => setImmediate(resolve))
        write(part)
      }
    })
  })
  receive(
    bus,
    { sources: ['q'], window: { messages: 1, bytes: 1 }, suffixes: [], onDelivery: () => undefined, now },
    log,
  )
  const lost: string[] = []
  bus.onLost((reason) => lost.push(reason))
  await eventually(
    () => lost,
    ([reason]) => reason === 'no sign of life within 12 s',
    20_000,
  )
})

it('ends the connection alone when rhea cannot handle what a broker sends', async () => {
  const bus = await oddBroker((container) => {
    container.once('sendable', ({ sender }: EventContext) => {
      const { session } = Object(sender) as { session: { output(frame: object, payload?: Buffer): void } }
      const output = session.output.bind(session)
      session.output = (frame, payload) => output(Object.assign(frame, { delivery_id: undefined }), payload)
      sender?.send({ message_id: 'm', body: 'b' })
    })
  })
  const lost: string[] = []
  bus.onLost((reason) => lost.push(reason))
  const onDelivery = ({ accept }: HeldDelivery) => accept()
  receive(bus, { sources: ['q'], window: { messages: 1, bytes: 1 }, suffixes: [], onDelivery, now }, log)
  await eventually(
    () => [...lost, bus.status().connected],
    (seen) => seen.length === 2 && seen[1] === true,
  )
  expect(lost).toEqual(['Field first is mandatory'])
})
