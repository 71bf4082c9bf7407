/** The memory of the lab's bus: its queues, who gets which topic, what was sent. Outlives connections and restarts. */
import type { Message } from 'rhea'
import { parseAddress, topicMatches, virtualTopicOf } from './address.ts'
import { type ReceivedMessage, toReceived } from './message.ts'
import { createQueue, put, type Queue } from './queue.ts'

/** Whether a message is to be lost on its way: accepted from its sender, delivered to nobody. */
export type DropRule = (message: ReceivedMessage) => boolean

/** Everything the bus remembers. */
export type Router = {
  queues: Map<string, Queue>
  /** Name of a queue -> pattern of the topics it gets. */
  subscriptions: Map<string, string>
  received: ReceivedMessage[]
  drop: DropRule
}

/** A bus without queues that loses nothing. */
export function createRouter(): Router {
  return { queues: new Map(), subscriptions: new Map(), received: [], drop: () => false }
}

/** The queue of that name, made when it is not there yet. */
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
 * The queue a new consumer of `address` reads from. For a topic that is a queue of its own, named after the
 * subscriber, which gets everything published from now on.
 */
export function queueForConsumer(router: Router, address: string, subscriber: string): Queue {
  const { kind, name } = parseAddress(address)
  if (kind === 'queue') return queueNamed(router, name)
  const queue = queueNamed(router, `subscription ${subscriber}`)
  router.subscriptions.set(queue.name, name)
  return queue
}

/** Forgets a subscription whose consumer has gone for good, with everything that waited for it. */
export function unsubscribe(router: Router, queue: Queue): void {
  router.subscriptions.delete(queue.name)
  router.queues.delete(queue.name)
}

/** Puts a message where its address says. A topic nobody has subscribed to loses it, as on a real broker. */
export function route(router: Router, address: string, message: Message): void {
  const { kind, name } = parseAddress(address)
  if (router.drop(toReceived(name, message))) return
  if (kind === 'queue') put(queueNamed(router, name), message)
  // A consumer sees the topic as `to`, which is how ActiveMQ passes it on.
  else for (const queue of subscribers(router, name)) put(queue, { to: `topic://${name}`, ...message })
}

function subscribers(router: Router, topic: string): Queue[] {
  return [...router.subscriptions]
    .filter(([, pattern]) => topicMatches(pattern, topic))
    .map(([queue]) => queueNamed(router, queue))
}
