/** A link to one address that stays open: takes what waits as the broker gives credit, and reports the outcome of each message. */
import rhea, { type Connection, type Delivery, type EventContext, type Message } from 'rhea'
import { amqpReason } from './amqp-reason.ts'
import { endLink } from './end-link.ts'

/**
 * The body of `message` is text. `done` is called without an argument when the broker accepted the message or has no subscriber for it, with an error otherwise; later
 * calls do nothing.
 */
export type Pending = { message: Message; done: (error?: Error) => void }

/** The open link, as `send.ts` drives it. */
export type SendLink = {
  /** Something was added to what waits. */
  wake(): void
  /** The connection is gone: what was sent and not answered may or may not have arrived. */
  lose(error: Error): void
}

/**
 * Opens a link to `address` and sends what is in `waiting`, now and at every `wake`, in order.
 * When the broker refuses or closes it, everything sent or waiting fails and `closed` is called.
 */
export function openSendLink(
  connection: Connection,
  address: string,
  waiting: Pending[],
  closed: () => void,
): SendLink {
  // A session for each address: within one, a link without credit holds up what others send behind it.
  const session = connection.create_session()
  session.begin()
  const sender = session.open_sender({ target: { address }, treat_modified_as_released: false })
  const unsettled = new Map<Delivery, Pending>()
  let isScheduled = false
  const isRabbitmq = () => connection.properties?.['product'] === 'RabbitMQ'
  /** RabbitMQ from version 4 on has no queue for the address: a topic without subscribers, and no later attempt would be accepted. */
  const hasNoSubscriber = (outcome: string) => outcome === 'released' && isRabbitmq()
  /**
   * RabbitMQ hands text to its clients of AMQP 0-9-1 and STOMP still encoded as in AMQP 1.0, and only bytes as they are. Other brokers
   * make a text message of text, which their clients expect.
   */
  const inBytes = (message: Message): Message =>
    isRabbitmq()
      ? { ...message, body: rhea.message.data_section(Buffer.from(message.body as string)) }
      : message

  /** Sends one message for each turn of the event loop: rhea takes sent messages off the credit only after the turn. */
  const sendNext = () => {
    isScheduled = false
    if (!sender.is_open() || !sender.sendable()) return
    const next = waiting.shift()
    if (!next) return
    // As bytes; the types of rhea know messages alone. A broker closes the link for one that is too large, and all others on it fail.
    const bytes = rhea.message.encode(inBytes(next.message)) as unknown as Message & Buffer
    const maxBytes = Number(sender.max_message_size) || Number.POSITIVE_INFINITY // 0, none or far beyond any message
    if (bytes.length <= maxBytes) unsettled.set(sender.send(bytes, undefined, 0), next)
    else next.done(new Error(`the message has ${bytes.length} bytes, the broker accepts at most ${maxBytes}`))
    wake()
  }
  const wake = () => {
    if (!isScheduled) process.nextTick(sendNext)
    isScheduled = true
  }
  const settle =
    (outcome?: 'released' | 'rejected' | 'modified' | 'settled') =>
    ({ delivery }: EventContext) => {
      const pending = delivery && unsettled.get(delivery)
      if (!pending) return
      unsettled.delete(delivery)
      if (outcome === undefined || hasNoSubscriber(outcome)) pending.done()
      else
        pending.done(new Error(`the broker ${outcome} the message${because(delivery.remote_state?.error)}`))
    }
  const lose = (error: Error) => {
    for (const pending of unsettled.values()) pending.done(error)
    unsettled.clear()
  }
  let isClosed = false
  /** The end of the session, which comes a turn later, is reported too: by then a new link may serve what waits. */
  const refuse = () => {
    if (isClosed) return
    isClosed = true
    closed()
    endLink(sender, session)
    const error = new Error(`the broker closed the link${because(sender.error ?? session.error)}`)
    lose(error)
    for (const pending of waiting.splice(0)) pending.done(error)
  }
  sender.on('accepted', settle())
  // rhea emits `settled` after every outcome, which has ended the message by then; without an outcome it is the only event.
  for (const outcome of ['released', 'rejected', 'modified', 'settled'] as const)
    sender.on(outcome, settle(outcome))
  // A permanent listener: one for each message would pile up.
  sender.on('sendable', wake)
  for (const event of ['sender_error', 'sender_close']) sender.on(event, refuse)
  for (const event of ['session_error', 'session_close']) session.on(event, refuse)
  return { wake, lose }
}

/** `: <reason>` of an AMQP error; empty without one. */
function because(error: unknown): string {
  const reason = amqpReason(error)
  return reason && `: ${reason}`
}
