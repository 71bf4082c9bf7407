/** Simulates ends of links and connections that neither the lab's bus nor RabbitMQ produces: each is noticed and reported. */
import type { Socket } from 'node:net'
import type { EventContext, Receiver, Sender } from 'rhea'
import { expect, it } from 'vitest'
import { type HeldDelivery, receive } from '../../../src/bus/receive.ts'
import { createSender } from '../../../src/bus/send.ts'
import { createLog } from '../../../src/lib/log.ts'
import { message, oddBroker } from '../../support/bus/odd-broker.ts'
import { eventually } from '../../support/eventually.ts'

const log = createLog('silent')

const now = () => new Date()

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
