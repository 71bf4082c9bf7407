/** A queue of the lab's bus: hands messages to its consumers in turn and takes back what they did not accept. */
import type { Delivery, Message, Sender } from 'rhea'

/** A message in a queue; `attempts` counts deliveries that ended without an answer or with `modified`. */
export type Item = { message: Message; attempts: number }

/** Waiting and delivered messages and who takes them. */
export type Queue = {
  name: string
  waiting: Item[]
  inFlight: Map<Delivery, { item: Item; consumer: Sender }>
  consumers: Sender[]
  /** Whose turn it is. */
  turn: number
  scheduled: boolean
}

/** An empty queue nobody reads from. */
export function createQueue(name: string): Queue {
  return { name, waiting: [], inFlight: new Map(), consumers: [], turn: 0, scheduled: false }
}

/** Messages nobody has accepted yet, delivered or not. */
export function depth(queue: Queue): number {
  return queue.waiting.length + queue.inFlight.size
}

/** Adds a message behind all others. */
export function put(queue: Queue, message: Message): void {
  queue.waiting.push({ message, attempts: 0 })
  schedule(queue)
}

/** Adds a consumer; it gets messages as far as it has given credit. */
export function attach(queue: Queue, consumer: Sender): void {
  queue.consumers.push(consumer)
  schedule(queue)
}

/** Takes a consumer off; what it held goes back to the front in the old order, with one attempt more. */
export function detach(queue: Queue, consumer: Sender): void {
  const held: Item[] = []
  for (const [delivery, entry] of queue.inFlight) {
    if (entry.consumer !== consumer) continue
    queue.inFlight.delete(delivery)
    held.push({ message: entry.item.message, attempts: entry.item.attempts + 1 })
  }
  queue.waiting.unshift(...held)
  queue.consumers = queue.consumers.filter((other) => other !== consumer)
  schedule(queue)
}

/** Ends a delivery; the item is the caller's to drop, put back or lay aside. Undefined when it ended before. */
export function finish(queue: Queue, delivery: Delivery): Item | undefined {
  const entry = queue.inFlight.get(delivery)
  queue.inFlight.delete(delivery)
  delivery.update(true)
  schedule(queue)
  return entry?.item
}

/** Offers what waits once this turn of the event loop is over; call it whenever a consumer may have room again. */
export function schedule(queue: Queue): void {
  if (queue.scheduled) return
  queue.scheduled = true
  // One run for a turn: rhea takes sent messages off the credit only after the turn, so a second run would overdraw.
  process.nextTick(() => {
    queue.scheduled = false
    deliver(queue)
  })
}

function deliver(queue: Queue): void {
  const room = new Map(queue.consumers.map((consumer) => [consumer, creditOf(consumer)]))
  let refused = 0
  while (queue.waiting.length > 0 && refused < queue.consumers.length) {
    const consumer = queue.consumers[queue.turn++ % queue.consumers.length]
    const credit = consumer ? (room.get(consumer) ?? 0) : 0
    if (!consumer || credit === 0 || !consumer.sendable()) {
      refused += 1
      continue
    }
    refused = 0
    room.set(consumer, credit - 1)
    const item = queue.waiting.shift()
    if (item) queue.inFlight.set(consumer.send(stamped(item)), { item, consumer })
  }
}

function creditOf(consumer: Sender): number {
  // rhea keeps the credit there but leaves it out of its types.
  return consumer.is_open() ? (consumer as Sender & { credit: number }).credit : 0
}

function stamped({ message, attempts }: Item): Message {
  return { ...message, delivery_count: attempts, first_acquirer: attempts === 0 }
}
