/** The lab's message bus: an in-process AMQP 1.0 broker that behaves like ActiveMQ and can be made to fail. */
import { parseAddress } from './address.ts'
import { type BrokerOptions, openBroker } from './broker.ts'
import { type PublishOptions, type ReceivedMessage, toMessage } from './message.ts'
import { depth } from './queue.ts'
import { createRouter, type DropRule, queueNamed, route } from './router.ts'

export type { PublishOptions, ReceivedMessage }

/** Which clients may connect, and where; port 0 (the default) takes a free port. */
export type BusOptions = BrokerOptions & { port?: number }

/** A running bus. Messages, queues and subscriptions outlive `pause` and `restart`, not the process. */
export type Bus = {
  port: number
  /** `amqp://` or `amqps://` address, without a user. */
  url: string
  /** Publishes to an address (`topic://…`, `queue://…`, `VirtualTopic.…`); body and options as in `bus/message.ts`. */
  publish(address: string, body: unknown, options?: PublishOptions): void
  /** Messages sent by clients, oldest first; only those whose topic starts with `topicPrefix`. */
  received(topicPrefix?: string): ReceivedMessage[]
  /** The number of messages in a queue that are not accepted yet. */
  depth(queue: string): number
  /** From now on silently drops every message that matches the rule; returns a function that ends it. */
  dropMatching(rule: DropRule): () => void
  /** Drops all connections and refuses new ones; keeps all messages. */
  pause(): Promise<void>
  /** `pause` if it is up, then listens again on the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts a bus on 127.0.0.1, by default on a free port. Messages are kept in memory only. */
export async function startBus(options: BusOptions = {}): Promise<Bus> {
  const router = createRouter()
  let broker = await openBroker(router, options.port ?? 0, options)
  let up = true
  const pause = async () => {
    if (!up) return
    up = false
    await broker.close()
  }
  return {
    port: broker.port,
    url: `${options.tls ? 'amqps://localhost' : 'amqp://127.0.0.1'}:${broker.port}`,
    publish: (address, body, message = {}) => route(router, address, toMessage(body, message)),
    received: (topicPrefix = '') => router.received.filter(({ topic }) => topic.startsWith(topicPrefix)),
    depth: (queue) => depth(queueNamed(router, parseAddress(queue).name)),
    dropMatching(rule) {
      router.drop = rule
      return () => {
        router.drop = () => false
      }
    },
    pause,
    async restart() {
      await pause()
      broker = await openBroker(router, broker.port, options)
      up = true
    },
    stop: pause,
  }
}
