/** Sending: a message counts as sent when the broker has accepted it, and not before. */
import type { Connection, Message } from 'rhea'
import type { BusConnection } from './connect.ts'
import { openSendLink, type Pending, type SendLink } from './send-link.ts'

/** `body` is JSON text, `properties` are application properties; `messageId` is the same each time the message is repeated, so that consumers can drop repeats. */
export type OutgoingMessage = {
  address: string
  messageId: string
  subject: string
  body: string
  properties?: Record<string, string | number> | null
  contentEncoding?: string
  createdAt: Date
}

/** Sends one message at a time or many at once; each address keeps the order of the calls. */
export type BusSender = {
  /**
   * Resolves when the broker has accepted the message; what is not sent yet waits for a reconnect.
   * @throws Error saying why not: refused, lost with the connection, or not accepted in time. The broker may
   * have the message all the same, so a repeat must carry the same id.
   */
  send(message: OutgoingMessage): Promise<void>
}

/** Sends over `bus`; `timeoutMs` bounds each message from the call to its acceptance. */
export function createSender(bus: BusConnection, timeoutMs = 10_000): BusSender {
  /** By address; outlives a connection. */
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
    for (const link of lost) link.lose(new Error(`the connection was lost: ${reason}`))
  })

  return {
    send({ address, ...message }) {
      const queue = waiting.get(address) ?? []
      waiting.set(address, queue)
      const outcome = addTo(queue, toAmqp(message), timeoutMs, (isSent) => notInTime(timeoutMs, bus, isSent))
      wake(address, queue)
      return outcome.catch((error: Error) => {
        throw new Error(`${address}: ${error.message}`, { cause: error })
      })
    },
  }
}

function addTo(
  queue: Pending[],
  message: Message,
  timeoutMs: number,
  tooLate: (isSent: boolean) => Error,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    }
    const pending = { message, done }
    const timer = setTimeout(() => {
      const index = queue.indexOf(pending)
      if (index >= 0) queue.splice(index, 1)
      done(tooLate(index < 0))
    }, timeoutMs)
    queue.push(pending)
  })
}

function toAmqp({
  messageId,
  subject,
  body,
  properties,
  createdAt,
  contentEncoding,
}: Omit<OutgoingMessage, 'address'>): Message {
  return {
    message_id: messageId,
    subject,
    content_type: 'application/json',
    ...(contentEncoding && { content_encoding: contentEncoding }),
    creation_time: createdAt,
    durable: true,
    ...(properties && { application_properties: properties }),
    body,
  }
}

function notInTime(timeoutMs: number, bus: BusConnection, isSent: boolean): Error {
  const { connected, detail } = bus.status()
  const held = isSent ? 'the broker does not answer' : 'the broker accepts no messages for this address'
  const state = connected ? `connected, but ${held}` : `not connected: ${detail}`
  return new Error(`not accepted within ${timeoutMs / 1000} s (${state})`)
}
