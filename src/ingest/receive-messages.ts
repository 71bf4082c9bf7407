/** Moves messages from the bus into the inbox: reads deliveries, collects them, and stores them in order of arrival. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { BusConnection } from '../bus/connect.ts'
import { handlerOf, readMessage, TOPIC_SUFFIXES } from '../bus/messages/routes.ts'
import { type HeldDelivery, receive } from '../bus/receive.ts'
import type { Context } from '../context.ts'
import { ofHandler } from '../lib/metrics.ts'
import { traceDelivery } from './delivery-span.ts'
import { type HeldReading, storeBatch } from './store-batch.ts'

/** Deliveries held at a time for each source; limits memory, and the number of redeliveries after a crash. */
export const WINDOW = 200
const BATCH = 100
const GATHER_MS = 5

/** Starts to receive; `stop` finishes the current batch and releases all other deliveries. */
export function receiveMessages(ctx: Context, bus: BusConnection): { stop(): Promise<void> } {
  const { AMQP_SOURCES: sources } = ctx.settings.env
  const stop = new AbortController()
  const waiting: HeldDelivery[] = []
  let storing: Promise<void> | undefined

  /** Stores one batch after another, so that the inbox keeps the order of arrival. */
  const storeWaiting = async () => {
    while (waiting.length > 0) {
      if (waiting.length < BATCH) await sleep(GATHER_MS)
      const batch = waiting.splice(0, BATCH).map((held) => read(ctx, held))
      await storeBatch(ctx, batch, stop.signal)
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
  receive(bus, { sources, window: WINDOW, suffixes: TOPIC_SUFFIXES, onDelivery }, ctx.log)
  return {
    async stop() {
      stop.abort()
      for (const held of waiting.splice(0)) held.release()
      await storing
    },
  }
}

function read(ctx: Context, held: HeldDelivery): HeldReading {
  const reading = readMessage(held.delivery, ctx.settings.file.max_message_bytes)
  if (reading.outcome === 'failed')
    ctx.log.warn({ messageId: held.delivery.messageId, reason: reading.reason }, 'could not parse message')
  return { ...traceDelivery(held, reading), delivery: held.delivery, reading }
}
