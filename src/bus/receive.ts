/** Receives deliveries, hands them over, and settles each at the broker only as its handler decides. */
import type { Connection, EventContext, Receiver } from 'rhea'
import type { Logger } from '../lib/log.ts'
import { watchAborted } from './aborted.ts'
import type { BusConnection } from './connect.ts'
import { type Delivery, readDelivery } from './delivery.ts'
import { endLink } from './end-link.ts'

const FIRST_REOPEN_MS = 500
const MAX_REOPEN_MS = 30_000
/** The mean size of messages is taken over about this many of the last ones. */
const MEAN_OVER = 20
/** Messages in the first window, when their sizes are not known yet. */
const FIRST_WINDOW = 50

/**
 * An unsettled delivery: it is ours until one of the two is called. No other outcome is possible: RabbitMQ 3.10 breaks on `modified`, and
 * what is rejected is lost. Both do nothing once the link it came by is gone.
 */
export type HeldDelivery = {
  delivery: Delivery
  /** It is stored: the broker may forget it. */
  accept(): void
  /** It is not stored and will not be: the broker redelivers it, to another consumer or later to us. */
  release(): void
}

/** What to receive and who takes it. */
export type Reception = {
  sources: readonly string[]
  /** Deliveries requested at a time from each source, fewer where as many as the last ones would exceed `bytes`; at most twice as many are held. */
  window: { messages: number; bytes: number }
  /** Ends of the topics we know, see `readDelivery`. */
  suffixes: readonly string[]
  /** Must not throw. */
  onDelivery(held: HeldDelivery): void
  now: () => Date
}

/** A source that the broker has refused or closed, on a connection that stands; `since` the first time in a row. */
export type RefusedSource = { source: string; detail: string; since: Date }

/** `fromAll`: all sources are attached now. A connection does not show that: our rights may not extend to all of them. */
export type Receiving = { fromAll(): boolean; refused(): readonly RefusedSource[] }

/** Whether a source is a topic for which the broker has to keep messages while we are not connected: a durable subscription. */
export function isDurable(source: string): boolean {
  return source.startsWith('topic://')
}

/**
 * Receives from all sources on every connection there is. A source the broker refuses or closes is attached again
 * after a pause, without disturbing the others. Ends with the connection.
 */
export function receive(bus: BusConnection, reception: Reception, log: Logger): Receiving {
  const attached = new Set<string>()
  const refused = new Map<string, RefusedSource>()
  const context = { ...reception, attached, refused, log }
  bus.onOpen((connection) => {
    for (const source of reception.sources) openSource(connection, source, context, FIRST_REOPEN_MS)
  })
  bus.onLost(() => {
    attached.clear()
    refused.clear()
  })
  return {
    fromAll: () => reception.sources.every((source) => attached.has(source)),
    refused: () => [...refused.values()],
  }
}

type SourceContext = Reception & { attached: Set<string>; refused: Map<string, RefusedSource>; log: Logger }

function openSource(connection: Connection, source: string, context: SourceContext, pauseMs: number): void {
  const { attached, refused, log } = context
  // A session for each source: RabbitMQ ends the whole session for an address that it refuses.
  const session = connection.create_session()
  session.begin()
  const receiver = session.open_receiver({
    name: `freshwave ${source}`,
    source: { address: source, ...(isDurable(source) ? { durable: 2, expiry_policy: 'never' } : {}) },
    credit_window: 0,
    autoaccept: false,
  })
  let nextPauseMs = Math.min(pauseMs * 2, MAX_REOPEN_MS)
  let isGone = false
  const reopenLater = (error: unknown) => {
    if (isGone) return
    isGone = true
    const { condition, description } = describe(error)
    // After a lost connection, the next one may have attached the source by now.
    if (connection.is_open()) {
      attached.delete(source)
      const detail = [condition, description].filter(Boolean).join(': ') || 'closed without a reason'
      refused.set(source, { source, detail, since: refused.get(source)?.since ?? context.now() })
    }
    log.warn({ source, pauseMs, condition, description }, 'source closed by the broker, will attach again')
    endLink(receiver, session)
    const reopen = () => {
      if (connection.is_open()) openSource(connection, source, context, nextPauseMs)
    }
    setTimeout(reopen, pauseMs).unref()
  }
  receiver.on('receiver_open', () => {
    if (!receiver.source) return // the broker refuses this way; the reason follows
    log.info({ source }, 'receiving')
    attached.add(source)
    refused.delete(source)
    nextPauseMs = FIRST_REOPEN_MS
  })
  receiver.on('receiver_error', () => reopenLater(receiver.error))
  receiver.on('receiver_close', () => reopenLater(receiver.error))
  session.on('session_error', () => reopenLater(session.error))
  session.on('session_close', () => reopenLater(session.error))
  holdWindow(receiver, source, { ...context, isAborted: watchAborted(session) })
}

/**
 * Gives credit in whole windows: the next one when the last delivery of the one before has arrived, and no more than a
 * window is held. So deliveries arrive while others are stored.
 */
function holdWindow(
  receiver: Receiver,
  source: string,
  { window, suffixes, onDelivery, isAborted }: Reception & { isAborted: () => boolean },
): void {
  let [credit, held, heldBytes, meanBytes] = [0, 0, 0, window.bytes / FIRST_WINDOW]
  // Topping up while credit is left makes RabbitMQ 3.10 deliver more than was requested.
  const refill = () => {
    const fitting = Math.floor(window.bytes / Math.max(meanBytes, 1))
    const size = Math.max(1, Math.min(window.messages, fitting))
    if (credit > 0 || held > size || heldBytes > window.bytes || !receiver.is_open()) return
    credit = size
    receiver.add_credit(size)
  }
  receiver.once('receiver_open', refill)
  receiver.on('message', ({ message, delivery: settled }: EventContext) => {
    if (!message || !settled) return
    credit -= 1
    if (isAborted()) {
      // It is settled already, without an outcome: the broker sends the whole message later.
      Object.assign(settled, { remote_settled: true }).update(true)
      refill()
      return
    }
    const delivery = readDelivery(message, source, suffixes)
    const { length } = delivery.body
    let isOpen = true
    held += 1
    heldBytes += length
    meanBytes += (length - meanBytes) / MEAN_OVER
    const settle = (outcome: () => void) => () => {
      if (!isOpen || !receiver.is_open()) return
      isOpen = false
      outcome()
      held -= 1
      heldBytes -= length
      refill()
    }
    onDelivery({
      delivery,
      accept: settle(() => settled.accept()),
      release: settle(() => settled.release()),
    })
    refill()
  })
}

function describe(error: unknown): { condition?: string; description?: string } {
  const { condition, description } = Object(error) as { condition?: string; description?: string }
  return { condition, description }
}
