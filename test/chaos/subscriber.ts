/** A subscriber on the broker, which remembers every message out in order of arrival; it comes back after every loss. */
import { createHash } from 'node:crypto'
import rhea, { type Connection, type EventContext } from 'rhea'

/** A message out on its first arrival. */
export type Arrival = { messageId: string; topic: string; body: string }

export type Subscriber = {
  /** First arrivals, in order. */
  arrivals: readonly Arrival[]
  /**
   * Further copies of a message that had arrived before. `redelivered`: the broker, or the service that cannot know whether
   * the broker had accepted it, has sent the same message again. `altered`: the same id with other bytes.
   */
  copies(): { redelivered: number; altered: string[] }
  close(): void
}

const WINDOW = 100

/** Consumes a durable queue of the broker; accepts a message after it is remembered. */
export function subscribe(url: string, queue: string): Subscriber {
  const { hostname: host, port, username, password } = new URL(url)
  const container = rhea.create_container({ id: `chaos-subscriber-${crypto.randomUUID()}` })
  container.on('error', () => undefined)
  const connection: Connection = container.connect({
    host,
    port: Number(port),
    username,
    password,
    initial_reconnect_delay: 100,
    max_reconnect_delay: 500,
  })
  connection.on('disconnected', () => undefined)
  const receiver = connection.open_receiver({
    source: { address: `/amq/queue/${queue}` },
    credit_window: 0,
    autoaccept: false,
  })
  const digests = new Map<string, string>()
  const arrivals: Arrival[] = []
  const altered: string[] = []
  let [redelivered, open] = [0, 0]
  const refill = () => {
    open = WINDOW
    receiver.add_credit(WINDOW)
  }
  receiver.on('receiver_open', refill)
  receiver.on('message', ({ message, delivery }: EventContext) => {
    if (!message || !delivery) return
    const [messageId, body] = [String(message.message_id), String(message.body)]
    const digest = createHash('md5').update(body).digest('base64')
    const known = digests.get(messageId)
    if (known === undefined) {
      digests.set(messageId, digest)
      arrivals.push({ messageId, topic: String(message.subject), body })
    } else if (known === digest) redelivered += 1
    else altered.push(messageId)
    delivery.accept()
    open -= 1
    if (open === 0) refill()
  })
  return { arrivals, copies: () => ({ redelivered, altered }), close: () => connection.close() }
}
