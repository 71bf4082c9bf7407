/** Simulates deliveries that neither the lab's bus nor RabbitMQ makes: each message still arrives or fails once. */
import rhea, { type EventContext } from 'rhea'
import { expect, it } from 'vitest'
import { type HeldDelivery, receive } from '../../../src/bus/receive.ts'
import { createLog } from '../../../src/lib/log.ts'
import { oddBroker } from '../../support/bus/odd-broker.ts'
import { eventually } from '../../support/eventually.ts'

const log = createLog('silent')

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
