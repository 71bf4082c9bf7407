/** Brokers to receive from: the lab's bus, and a real RabbitMQ if it is installed. */
import { hasRabbitmq, startRabbitmq } from '../../support/servers/rabbitmq.ts'
import type { Stage } from '../bench.ts'
import { startPart } from '../child.ts'

const TOPIC = 'VirtualTopic.eng.errata.activity.status'

/** A running broker; every queue gets all messages sent to `topic`. */
export type BenchBroker = { name: string; url: string; topic: string; queue: (name: string) => string }

/** Starts one broker and creates these queues, so that they exist before anything is sent. */
export type OpenBroker = (stage: Stage, queues: readonly string[]) => Promise<BenchBroker>

/** Run one after the other: two brokers at once would compete for the processor. */
export const BROKERS: readonly OpenBroker[] = hasRabbitmq ? [openLabBus, openRabbitmq] : [openLabBus]

async function openLabBus(stage: Stage, queues: readonly string[]): Promise<BenchBroker> {
  const queue = (name: string) => `queue://Consumer.${name}.${TOPIC}`
  const child = await startPart<string>('bus', queues.map(queue))
  stage.keep(child, ({ stop }) => stop())
  return { name: 'lab bus', url: child.report, topic: `topic://${TOPIC}`, queue }
}

async function openRabbitmq(stage: Stage, queues: readonly string[]): Promise<BenchBroker> {
  const bindings = queues.map((queue) => ({ topic: TOPIC, queue }))
  const rabbit = stage.keep(await startRabbitmq({ queues: [...queues], bindings }), ({ stop }) => stop())
  const queue = (name: string) => `/amq/queue/${name}`
  return { name: 'RabbitMQ', url: rabbit.url, topic: `/exchange/amq.topic/${TOPIC}`, queue }
}
