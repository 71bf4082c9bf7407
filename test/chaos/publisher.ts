/** The senders on the bus: every message reaches the broker at least once, through all outages of the broker. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readBrokers } from '../../src/bus/broker.ts'
import { connectBus } from '../../src/bus/connect.ts'
import { createSender } from '../../src/bus/send.ts'
import { createLog } from '../../src/lib/log.ts'

/** A message for the service. */
export type Incoming = {
  topic: string
  body: string
  messageId: string
  properties?: Record<string, unknown>
}

/** Sends in the order of the calls, except for messages that are repeated after a broken connection. */
export type Publisher = {
  send(message: Incoming): void
  /** Waits until the broker has accepted all but this many messages. */
  untilUnsent(atMost: number): Promise<void>
  close(): Promise<void>
}

const EXCHANGE = '/exchange/amq.topic/'
const RETRY_MS = 100

/** Opens a separate connection, which is restored automatically. */
export function openPublisher(url: string): Publisher {
  const bus = connectBus(readBrokers({ AMQP_URL: [url] }), `chaos-${randomUUID()}`, createLog('silent'))
  const sender = createSender(bus)
  let unsent = 0
  let wake: () => void = () => undefined
  const sendOne = async ({ topic, body, messageId, properties = {} }: Incoming) => {
    const texts = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)]))
    const message = { subject: topic, body, messageId, properties: texts, createdAt: new Date() }
    for (;;)
      try {
        return await sender.send({ ...message, address: `${EXCHANGE}${topic}` })
      } catch {
        await sleep(RETRY_MS)
      }
  }
  return {
    send(message) {
      unsent += 1
      void sendOne(message).then(() => {
        unsent -= 1
        wake()
      })
    },
    async untilUnsent(atMost) {
      while (unsent > atMost)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    },
    close: bus.close,
  }
}
