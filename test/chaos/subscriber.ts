/** A subscriber on the broker, which records every message out in order of arrival; it reconnects after every loss. */
import { createHash } from 'node:crypto'
import rhea, { type Connection, type Container, type EventContext } from 'rhea'
import { bodyText } from '../../lab/bus/message.ts'

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
/** Pause before it reconnects. */
const RECONNECT_MS = 200

/** Consumes a durable queue of the broker; accepts a message after it is recorded. */
export function subscribe(url: string, queue: string): Subscriber {
  const container = rhea.create_container({ id: `chaos-subscriber-${crypto.randomUUID()}` })
  container.on('error', () => undefined)
  const digests = new Map<string, string>()
  const arrivals: Arrival[] = []
  const altered: string[] = []
  let redelivered = 0
  const onMessage = ({ message, delivery }: EventContext) => {
    if (!message || !delivery) return
    const [messageId, body] = [String(message.message_id), String(bodyText(message.body))]
    const digest = createHash('md5').update(body).digest('base64')
    const known = digests.get(messageId)
    if (known === undefined) {
      digests.set(messageId, digest)
      arrivals.push({ messageId, topic: String(message.subject), body })
    } else if (known === digest) redelivered += 1
    else altered.push(messageId)
    delivery.accept()
  }
  let [connection, isOver] = [receive(container, url, queue, onMessage), false]
  container.on('disconnected', () => {
    if (isOver) return
    setTimeout(() => {
      if (!isOver) connection = receive(container, url, queue, onMessage)
    }, RECONNECT_MS)
  })
  return {
    arrivals,
    copies: () => ({ redelivered, altered }),
    close: () => {
      isOver = true
      connection.close()
    },
  }
}

/** A new connection each time: one that rhea restores would continue with half a frame of the broken one. */
function receive(
  container: Container,
  url: string,
  queue: string,
  onMessage: (context: EventContext) => void,
): Connection {
  const { hostname: host, port, username, password } = new URL(url)
  const connection = container.connect({ host, port: Number(port), username, password, reconnect: false })
  const source = { address: `/amq/queue/${queue}` }
  const receiver = connection.open_receiver({ source, credit_window: 0, autoaccept: false })
  let credit = 0
  const refill = () => {
    credit = WINDOW
    receiver.add_credit(WINDOW)
  }
  receiver.on('receiver_open', refill)
  receiver.on('message', (context: EventContext) => {
    onMessage(context)
    credit -= 1
    if (credit === 0) refill()
  })
  return connection
}
