/** Simulates answers to a message that neither the lab's bus nor RabbitMQ gives: each message is sent or fails once. */
import type { Delivery, EventContext } from 'rhea'
import { expect, it } from 'vitest'
import { createSender } from '../../../src/bus/send.ts'
import { message, oddBroker } from '../../support/bus/odd-broker.ts'

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
