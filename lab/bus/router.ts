/** The state of the lab's bus: queues, subscriptions and sent messages. It outlives connections and restarts. */
import type { Message } from 'rhea'
import { parseAddress, topicMatches, virtualTopicOf } from './address.ts'
import { type ReceivedMessage, toReceived } from './message.ts'
import { createQueue, put, type Queue } from './queue.ts'

/** Whether a message is lost on its way: accepted from its sender but delivered to no queue. */
export type DropRule = (message: ReceivedMessage) => boolean

/** The whole state of the bus. */
export type Router = {
  queues: Map<string, Queue>
  /** Name of a queue -> pattern of the topics that feed it. */
  subscriptions: Map<string, string>
  received: ReceivedMessage[]
  drop: DropRule
}

/** A bus without queues that loses nothing. */
export function createRouter(): Router {
  return { queues: new Map(), subscriptions: new Map(), received: [], drop: () => false }
}

/** The queue of that name; created if it does not exist yet. */
export function queueNamed(router: Router, name: string): Queue {
  const known = router.queues.get(name)
  if (known) return known
  const queue = createQueue(name)
  router.queues.set(name, queue)
  const topics = virtualTopicOf(name)
  if (topics) router.subscriptions.set(name, topics)
  return queue
}

/**
 * The queue that a new consumer of `address` reads from. For a topic it is a separate queue, named after the
 * subscriber, that gets everything published from now on.
 */
export function queueForConsumer(router: Router, address: string, subscriber: string): Queue {
  const { kind, name } = parseAddress(address)
  if (kind === 'queue') return queueNamed(router, name)
  const queue = queueNamed(router, `subscription ${subscriber}`)
  router.subscriptions.set(queue.name, name)
  return queue
}

/** Deletes the subscription of a consumer that will not return, with its waiting messages. */
export function unsubscribe(router: Router, queue: Queue): void {
  router.subscriptions.delete(queue.name)
  router.queues.delete(queue.name)
}

/** Puts a message into the queues of its address. A topic without subscribers loses it, as on a real broker. */
export function route(router: Router, address: string, message: Message): void {
  const { kind, name } = parseAddress(address)
  if (router.drop(toReceived(name, message))) return
  if (kind === 'queue') put(queueNamed(router, name), message)
  // Consumers see the topic as `to`, as with ActiveMQ.
  else for (const queue of subscribers(router, name)) put(queue, { to: `topic://${name}`, ...message })
}

function subscribers(router: Router, topic: string): Queue[] {
  return [...router.subscriptions]
    .filter(([, pattern]) => topicMatches(pattern, topic))
    .map(([queue]) => queueNamed(router, queue))
}
