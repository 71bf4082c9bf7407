/** Receives from the bus: passes deliveries on, and settles them at the broker only as their recipient decides. */
import type { Connection, EventContext, Receiver } from 'rhea'
import type { Logger } from '../lib/log.ts'
import type { BusConnection } from './connect.ts'
import { type Delivery, readDelivery } from './delivery.ts'

const FIRST_REOPEN_MS = 500
const MAX_REOPEN_MS = 30_000

/**
 * An unsettled delivery, held until one of the two functions is called. There is no third outcome: RabbitMQ 3.10 breaks
 * on `modified`, and a rejected message is lost. Both do nothing once the link of the delivery is closed.
 */
export type HeldDelivery = {
  delivery: Delivery
  /** The message is stored: the broker may delete it. */
  accept(): void
  /** The message will not be stored: the broker delivers it to another consumer, or to us again later. */
  release(): void
}

/** What to receive, and who handles it. */
export type ReceiveOptions = {
  sources: readonly string[]
  /** Maximum number of deliveries held at a time for each source. */
  window: number
  /** Suffixes of the topics we know, see `readDelivery`. */
  suffixes: readonly string[]
  /** Must not throw. */
  onDelivery(held: HeldDelivery): void
}

/** Whether a source is a topic: then only a durable subscription keeps the messages sent while we are disconnected. */
export function isDurable(source: string): boolean {
  return source.startsWith('topic://')
}

/**
 * Receives from all sources, on the current and every later connection. A source that the broker refuses or closes is
 * reopened after a delay, without affecting the others. Stops when `bus` is closed.
 */
export function receive(bus: BusConnection, options: ReceiveOptions, log: Logger): void {
  bus.onOpen((connection) => {
    for (const source of options.sources) openSource(connection, source, options, log, FIRST_REOPEN_MS)
  })
}

function openSource(
  connection: Connection,
  source: string,
  options: ReceiveOptions,
  log: Logger,
  pauseMs: number,
): void {
  // A session for each source: RabbitMQ ends the whole session if it refuses one address.
  const session = connection.create_session()
  session.begin()
  const receiver = session.open_receiver({
    name: `freshwave ${source}`,
    source: { address: source, ...(isDurable(source) ? { durable: 2, expiry_policy: 'never' } : {}) },
    credit_window: 0,
    autoaccept: false,
  })
  let nextPauseMs = Math.min(pauseMs * 2, MAX_REOPEN_MS)
  let gone = false
  const reopenLater = (error: unknown) => {
    if (gone) return
    gone = true
    log.warn({ source, delayMs: pauseMs, ...describe(error) }, 'source closed by the broker, will reopen')
    session.close()
    const reopen = () => {
      if (connection.is_open()) openSource(connection, source, options, log, nextPauseMs)
    }
    setTimeout(reopen, pauseMs).unref()
  }
  receiver.on('receiver_open', () => {
    if (!receiver.source) return // this is how a broker refuses a link; the reason follows
    log.info({ source }, 'receiving')
    nextPauseMs = FIRST_REOPEN_MS
  })
  receiver.on('receiver_error', () => reopenLater(receiver.error))
  receiver.on('receiver_close', () => reopenLater(receiver.error))
  session.on('session_error', () => reopenLater(session.error))
  session.on('session_close', () => reopenLater(session.error))
  holdWindow(receiver, source, options)
}

/** Grants credit in whole windows, the next one when all deliveries of the previous one are settled. */
function holdWindow(
  receiver: Receiver,
  source: string,
  { window, suffixes, onDelivery }: ReceiveOptions,
): void {
  let settled = 0
  // RabbitMQ 3.10 exceeds the credit when it is topped up before it is used up.
  const countSettled = () => {
    settled += 1
    if (settled < window) return
    settled = 0
    receiver.add_credit(window)
  }
  receiver.once('receiver_open', () => receiver.add_credit(window))
  receiver.on('message', ({ message, delivery }: EventContext) => {
    if (!message || !delivery) return
    let open = true
    const settle = (outcome: () => void) => () => {
      if (!open || !receiver.is_open()) return
      open = false
      outcome()
      countSettled()
    }
    onDelivery({
      delivery: readDelivery(message, source, suffixes),
      accept: settle(() => delivery.accept()),
      release: settle(() => delivery.release()),
    })
  })
}

function describe(error: unknown): { condition?: string; description?: string } {
  const { condition, description } = Object(error) as { condition?: string; description?: string }
  return { condition, description }
}
