/** The brokers that bus tests run against, with one interface: the bus of the lab, and a real RabbitMQ. */
import { startBus } from '../../../lab/bus/start.ts'
import { hasRabbitmq, startRabbitmq } from '../servers/rabbitmq.ts'
import { connectClient } from './amqp-client.ts'

export type TestBroker = {
  url: string
  /** Address that receives everything sent to topics below `VirtualTopic.eng`, and keeps it across restarts. */
  source: string
  /** Address for sending to a topic. */
  topic(name: string): string
  /** The value for AMQP_TOPIC_PREFIX. */
  outPrefix: string
  /** Address that receives everything sent below `outPrefix`. */
  outSource: string
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

const OUT = 'VirtualTopic.eng.freshmaker'

async function labBroker(): Promise<TestBroker> {
  const bus = await startBus()
  const source = 'queue://Consumer.freshwave.VirtualTopic.eng.>'
  const outSource = `queue://Consumer.test.${OUT}.>`
  // Both queues are created by their first consumer.
  const client = await connectClient(bus.url)
  for (const address of [source, outSource]) (await client.consume(address)).close()
  await client.close()
  return {
    url: bus.url,
    source,
    topic: (name) => `topic://${name}`,
    outPrefix: `topic://${OUT}`,
    outSource,
    kill: bus.pause,
    start: bus.restart,
    stop: bus.stop,
  }
}

async function rabbitBroker(): Promise<TestBroker> {
  const rabbit = await startRabbitmq({
    queues: ['inbox', 'outbox', 'fedora'],
    bindings: [
      { topic: 'VirtualTopic.eng.#', queue: 'inbox' },
      { topic: `${OUT}.#`, queue: 'outbox' },
      { topic: 'org.fedoraproject.*.resultsdb.result.new', queue: 'inbox' },
      { topic: 'org.fedoraproject.*.greenwave.#', queue: 'fedora' },
    ],
  })
  return {
    url: rabbit.url,
    source: '/amq/queue/inbox',
    topic: (name) => `/exchange/amq.topic/${name}`,
    outPrefix: `/exchange/amq.topic/${OUT}`,
    outSource: '/amq/queue/outbox',
    kill: rabbit.kill,
    start: rabbit.start,
    stop: rabbit.stop,
  }
}

/** For `describe.each`; empty if RabbitMQ is not installed. */
export const RABBITMQ = hasRabbitmq ? [{ name: 'RabbitMQ', open: rabbitBroker }] : []

/** For `describe.each`. */
export const BROKERS = [{ name: 'the lab bus', open: labBroker }, ...RABBITMQ]
