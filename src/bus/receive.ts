/** Receiving: hands deliveries over and tells the broker only what the receiver of them decides. */
import type { Connection, EventContext, Receiver } from 'rhea'
import type { Logger } from '../lib/log.ts'
import type { BusConnection } from './connect.ts'
import { type Delivery, readDelivery } from './delivery.ts'

const FIRST_REOPEN_MS = 500
const MAX_REOPEN_MS = 30_000

/**
 * A delivery in our hands until one of the two is called. There is no third way: RabbitMQ 3.10 breaks on `modified`,
 * and what is rejected is gone for good. Both do nothing once the link it came by is gone.
 */
export type HeldDelivery = {
  delivery: Delivery
  /** It is stored: the broker may forget it. */
  accept(): void
  /** It is not stored and will not be: the broker gives it to somebody else, or back to us later. */
  release(): void
}

/** What to receive and who takes it. */
export type ReceiveOptions = {
  sources: readonly string[]
  /** Most deliveries held at a time for each source. */
  window: number
  /** Ends of the topics we know, see `readDelivery`. */
  suffixes: readonly string[]
  /** Must not throw. */
  onDelivery(held: HeldDelivery): void
}

/** Whether a source is a topic we must be remembered for while we are away: a durable subscription. */
export function isDurable(source: string): boolean {
  return source.startsWith('topic://')
}

/**
 * Receives from all sources on every connection there is. A source the broker refuses or closes is asked for again
 * after a pause, without disturbing the others. Ends with the connection.
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
  // A session for each source: RabbitMQ ends the whole session for an address it does not like.
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
    log.warn({ source, pauseMs, ...describe(error) }, 'the bus closed a source; asking again')
    session.close()
    const reopen = () => {
      if (connection.is_open()) openSource(connection, source, options, log, nextPauseMs)
    }
    setTimeout(reopen, pauseMs).unref()
  }
  receiver.on('receiver_open', () => {
    if (!receiver.source) return // the broker's way to say no; the reason follows
    log.info({ source }, 'receiving')
    nextPauseMs = FIRST_REOPEN_MS
  })
  receiver.on('receiver_error', () => reopenLater(receiver.error))
  receiver.on('receiver_close', () => reopenLater(receiver.error))
  session.on('session_error', () => reopenLater(session.error))
  session.on('session_close', () => reopenLater(session.error))
  holdWindow(receiver, source, options)
}

/** Gives credit in whole windows, the next when the last delivery of the one before is settled. */
function holdWindow(
  receiver: Receiver,
  source: string,
  { window, suffixes, onDelivery }: ReceiveOptions,
): void {
  let settled = 0
  // Topping up while credit is left makes RabbitMQ 3.10 deliver more than was asked for.
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
