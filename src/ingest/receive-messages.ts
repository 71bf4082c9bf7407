/** Moves messages from the bus into the inbox: reads deliveries, collects them, and stores them in order of arrival. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { BusConnection } from '../bus/connect.ts'
import { handlerOf, readAsSent, TOPIC_SUFFIXES } from '../bus/messages/routes.ts'
import { type HeldDelivery, receive } from '../bus/receive.ts'
import type { Context } from '../context.ts'
import { ofHandler } from '../lib/metrics/counters.ts'
import { traceDelivery } from './delivery-span.ts'
import { type HeldReading, storeBatch } from './store-batch.ts'

/** Max that is requested from each source at a time; up to twice as much is held. Limits memory, and the redeliveries after a crash. */
const WINDOW = { messages: 500, bytes: 16 * 1024 ** 2 }
/** Max that one statement stores. Its text must stay far below the longest one of Node, so large messages go in smaller batches. */
const BATCH = { messages: 250, bytes: 8 * 1024 ** 2 }
/** While the jobs of one batch are added, the rows of the next are stored. */
const BATCHES_UNDER_WAY = 3
const GATHER_MS = 5

/** Starts to receive; `stop` finishes the current batch and releases all other deliveries. */
export function receiveMessages(ctx: Context, bus: BusConnection): { stop(): Promise<void> } {
  const { AMQP_SOURCES: sources } = ctx.settings.env
  const stop = new AbortController()
  const waiting: HeldDelivery[] = []
  let storing: Promise<void> | undefined

  /** Stores the rows of one batch after those of another, so that the inbox keeps the order of arrival. */
  const storeWaiting = async () => {
    const underWay = new Set<Promise<void>>()
    while (waiting.length > 0 || underWay.size > 0) {
      if (waiting.length === 0 || underWay.size === BATCHES_UNDER_WAY) await Promise.race(underWay)
      if (waiting.length === 0) continue
      if (waiting.length < BATCH.messages) await sleep(GATHER_MS)
      const batch = takeBatch(waiting).map((held) => read(ctx, held))
      const rows = Promise.withResolvers<void>()
      const stored = storeBatch(ctx, batch, stop.signal, rows.resolve).finally(() => underWay.delete(stored))
      underWay.add(stored)
      await Promise.race([rows.promise, stored])
    }
    storing = undefined
  }
  const onDelivery = (held: HeldDelivery) => {
    if (stop.signal.aborted) return held.release()
    ctx.metrics.count(ofHandler('messaging_rx', handlerOf(held.delivery.topic)))
    waiting.push(held)
    storing ??= storeWaiting()
  }
  // These are redelivered on the next connection; if kept here, they would pile up while the database is down.
  bus.onLost(() => waiting.splice(0))
  const reception = { sources, window: WINDOW, suffixes: TOPIC_SUFFIXES, onDelivery, now: ctx.now }
  const receiving = receive(bus, reception, ctx.log)
  ctx.metrics.receiving(receiving.fromAll)
  ctx.receptions.push(receiving)
  return {
    async stop() {
      stop.abort()
      for (const held of waiting.splice(0)) held.release()
      await storing
    },
  }
}

function takeBatch(waiting: HeldDelivery[]): HeldDelivery[] {
  let bytes = 0
  const end = waiting.findIndex(({ delivery }, index) => {
    bytes += delivery.body.length
    return index === BATCH.messages || (index > 0 && bytes > BATCH.bytes)
  })
  return waiting.splice(0, end < 0 ? waiting.length : end)
}

function read(ctx: Context, held: HeldDelivery): HeldReading {
  const { delivery, reading } = readAsSent(held.delivery, ctx.settings.file.max_message_bytes)
  if (reading.outcome === 'failed')
    ctx.log.warn({ messageId: delivery.messageId, reason: reading.reason }, 'could not parse message')
  return { ...traceDelivery({ ...held, delivery }, reading), delivery, reading }
}
