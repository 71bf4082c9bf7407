/** Sends messages: a message counts as sent only when the broker has accepted it. */
import type { Connection, Message } from 'rhea'
import type { BusConnection } from './connect.ts'
import { openSendLink, type Pending, type SendLink } from './send-link.ts'

/** `body` is JSON text; `messageId` stays the same when the message is repeated, so that consumers can drop repeats. */
export type OutgoingMessage = {
  address: string
  messageId: string
  subject: string
  body: string
  createdAt: Date
}

/** Sends messages; calls may overlap, and each address keeps the order of the calls. */
export type BusSender = {
  /**
   * Resolves when the broker has accepted the message. A message not sent yet waits for a reconnect.
   * @throws Error with the reason: refused, connection lost, or not accepted in time. The broker may have received
   * the message nevertheless, so a repeat must have the same id.
   */
  send(message: OutgoingMessage): Promise<void>
}

/** Sends over `bus`; `timeoutMs` limits the time from the call to the broker's acceptance. */
export function createSender(bus: BusConnection, timeoutMs = 10_000): BusSender {
  /** Waiting messages by address; kept across connections. */
  const waiting = new Map<string, Pending[]>()
  const links = new Map<string, SendLink>()
  let connection: Connection | undefined

  const wake = (address: string, queue: Pending[]) => {
    if (!connection) return
    const link = links.get(address) ?? openSendLink(connection, address, queue, () => links.delete(address))
    links.set(address, link)
    link.wake()
  }
  bus.onOpen((opened) => {
    connection = opened
    for (const [address, queue] of waiting) if (queue.length > 0) wake(address, queue)
  })
  bus.onLost((reason) => {
    connection = undefined
    const lost = [...links.values()]
    links.clear()
    for (const link of lost) link.failUnsettled(new Error(`the connection was lost: ${reason}`))
  })

  return {
    send({ address, ...message }) {
      const queue = waiting.get(address) ?? []
      waiting.set(address, queue)
      const outcome = addTo(queue, toAmqp(message), timeoutMs, () => timeoutError(timeoutMs, bus))
      wake(address, queue)
      return outcome.catch((error: Error) => {
        throw new Error(`${address}: ${error.message}`, { cause: error })
      })
    },
  }
}

function addTo(queue: Pending[], message: Message, timeoutMs: number, toError: () => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    }
    const pending = { message, done }
    const timer = setTimeout(() => {
      const place = queue.indexOf(pending)
      if (place >= 0) queue.splice(place, 1)
      done(toError())
    }, timeoutMs)
    queue.push(pending)
  })
}

function toAmqp({ messageId, subject, body, createdAt }: Omit<OutgoingMessage, 'address'>): Message {
  return {
    message_id: messageId,
    subject,
    content_type: 'application/json',
    creation_time: createdAt,
    durable: true,
    body,
  }
}

function timeoutError(timeoutMs: number, bus: BusConnection): Error {
  const { connected, detail } = bus.status()
  const state = connected ? 'connected, but no answer from the broker' : `not connected: ${detail}`
  return new Error(`not accepted within ${timeoutMs / 1000} s (${state})`)
}
