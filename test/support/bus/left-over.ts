/** The messages that a broker still holds for a queue, without waiting for messages that may never arrive. */
import type { Message } from 'rhea'
import { eventually } from '../eventually.ts'
import { connectClient } from './amqp-client.ts'
import type { TestBroker } from './bus.ts'

/**
 * Takes everything that waits in the queue of `source` or `outSource`: it arrives before a last message that is sent as a
 * marker. Nothing else may receive from the queue at the same time.
 */
export async function leftOver(broker: TestBroker, queue: 'source' | 'outSource'): Promise<Message[]> {
  const last = crypto.randomUUID()
  const client = await connectClient(broker.url)
  const topic = queue === 'source' ? broker.topic('VirtualTopic.eng.last') : `${broker.outPrefix}.last`
  await client.send(topic, [{ message_id: last, durable: true, body: null }])
  const { received } = await client.consume(broker[queue])
  const isLast = ({ message_id }: Message) => message_id === last
  await eventually(
    () => received.some(isLast),
    (has) => has,
  )
  await client.close()
  return received.filter((message) => !isLast(message))
}
