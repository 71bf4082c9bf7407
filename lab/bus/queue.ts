/** A queue of the lab's bus: delivers messages to its consumers in turn and takes back those they did not accept. */
import type { Delivery, Message, Sender } from 'rhea'

/** A message in a queue; `attempts` counts deliveries that ended without an outcome or with `modified`. */
export type Item = { message: Message; attempts: number }

/** Waiting and delivered messages, and the consumers. */
export type Queue = {
  name: string
  waiting: Item[]
  inFlight: Map<Delivery, { item: Item; consumer: Sender }>
  consumers: Sender[]
  /** Index of the consumer that is next in turn. */
  turn: number
  scheduled: boolean
}

/** An empty queue without consumers. */
export function createQueue(name: string): Queue {
  return { name, waiting: [], inFlight: new Map(), consumers: [], turn: 0, scheduled: false }
}

/** The number of messages that are not accepted yet, delivered or not. */
export function depth(queue: Queue): number {
  return queue.waiting.length + queue.inFlight.size
}

/** Adds a message at the end. */
export function put(queue: Queue, message: Message): void {
  queue.waiting.push({ message, attempts: 0 })
  schedule(queue)
}

/** Adds a consumer, which gets as many messages as it has granted credit for. */
export function attach(queue: Queue, consumer: Sender): void {
  queue.consumers.push(consumer)
  schedule(queue)
}

/** Removes a consumer; its unsettled messages return to the front in their old order, with one more attempt. */
export function detach(queue: Queue, consumer: Sender): void {
  const held: Item[] = []
  for (const [delivery, entry] of queue.inFlight) {
    if (entry.consumer !== consumer) continue
    queue.inFlight.delete(delivery)
    held.push({ message: entry.item.message, attempts: entry.item.attempts + 1 })
  }
  queue.waiting.unshift(...held)
  queue.consumers = queue.consumers.filter((attached) => attached !== consumer)
  schedule(queue)
}

/** Ends a delivery; the caller drops, requeues or sets aside the item. Undefined when it has ended before. */
export function finish(queue: Queue, delivery: Delivery): Item | undefined {
  const entry = queue.inFlight.get(delivery)
  queue.inFlight.delete(delivery)
  delivery.update(true)
  schedule(queue)
  return entry?.item
}

/** Delivers waiting messages at the end of this turn of the event loop; call it whenever a consumer may have credit. */
export function schedule(queue: Queue): void {
  if (queue.scheduled) return
  queue.scheduled = true
  // At most once per turn: rhea subtracts sent messages from the credit after the turn, so a second run would overdraw.
  process.nextTick(() => {
    queue.scheduled = false
    deliver(queue)
  })
}

function deliver(queue: Queue): void {
  const credits = new Map(queue.consumers.map((consumer) => [consumer, creditOf(consumer)]))
  let refused = 0
  while (queue.waiting.length > 0 && refused < queue.consumers.length) {
    const consumer = queue.consumers[queue.turn++ % queue.consumers.length]
    const credit = consumer ? (credits.get(consumer) ?? 0) : 0
    if (!consumer || credit === 0 || !consumer.sendable()) {
      refused += 1
      continue
    }
    refused = 0
    credits.set(consumer, credit - 1)
    const item = queue.waiting.shift()
    if (item) queue.inFlight.set(consumer.send(stamped(item)), { item, consumer })
  }
}

function creditOf(consumer: Sender): number {
  // rhea has this property but does not declare it.
  return consumer.is_open() ? (consumer as Sender & { credit: number }).credit : 0
}

function stamped({ message, attempts }: Item): Message {
  return { ...message, delivery_count: attempts, first_acquirer: attempts === 0 }
}
