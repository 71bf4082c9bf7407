/** The lab's message bus: an AMQP 1.0 broker in this process that behaves like ActiveMQ and can be made to fail. */
import { parseAddress } from './address.ts'
import { type BrokerOptions, openBroker } from './broker.ts'
import { type PublishOptions, type ReceivedMessage, toMessage } from './message.ts'
import { depth } from './queue.ts'
import { createRouter, type DropRule, queueNamed, route } from './router.ts'

export type { PublishOptions, ReceivedMessage }

/** Who may come in, and where; port 0 (the default) takes a free one. */
export type BusOptions = BrokerOptions & { port?: number }

/** A running bus. Messages, queues and subscriptions outlive `pause` and `restart`, not the process. */
export type Bus = {
  port: number
  /** `amqp://` or `amqps://` address, without a user. */
  url: string
  /** Sends to an address (`topic://…`, `queue://…`, `VirtualTopic.…`); body and options as in `bus/message.ts`. */
  publish(address: string, body: unknown, options?: PublishOptions): void
  /** What others have sent here, oldest first; only those whose topic starts with `topicPrefix`. */
  received(topicPrefix?: string): ReceivedMessage[]
  /** Messages at a queue that nobody has accepted yet. */
  depth(queue: string): number
  /** From now on loses every message the rule names, without a word; returns how to end that. */
  dropMatching(rule: DropRule): () => void
  /** Hangs up on everybody and refuses new connections; keeps all messages. */
  pause(): Promise<void>
  /** `pause` if it is up, then listens again on the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts a bus on 127.0.0.1; without a port on a free one. Messages live in memory only. */
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
