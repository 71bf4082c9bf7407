/** Reads messages as they arrive: bare, or in the envelopes that gateways put around them. */
import type { Delivery } from '../../../src/bus/delivery.ts'
import { readMessage } from '../../../src/bus/messages/routes.ts'

/** The size limit of a message. */
export const MAX = 1_000_000

/** A message on this topic; a body that is not a text is sent as JSON. */
export function delivery(topic: string, body: unknown, properties: Record<string, string> = {}): Delivery {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { messageId: 'x', topic, body: Buffer.from(text), properties }
}

/** The meaning of a message on this topic. */
export const read = (topic: string, body: unknown, properties?: Record<string, string>) =>
  readMessage(delivery(topic, body, properties), MAX)

/** A bare message, and the envelopes that gateways put around messages. */
export const wrappings: [string, (topic: string, msg: unknown, headers: object) => object][] = [
  ['plain', (_topic, msg) => Object(msg)],
  ['fedmsg', (topic, msg, headers) => ({ topic, msg_id: 'ID:1', i: 1, headers, msg, signature: null })],
  ['datanommer', (topic, msg, headers) => ({ topic, headers, body: { headers, msg } })],
  ['datanommer with the topic inside', (topic, msg, headers) => ({ headers, body: { topic, headers, msg } })],
]
