/** A persistent link to one address: sends waiting messages as the broker grants credit, and reports their outcome. */
import type { Connection, Delivery, EventContext, Message } from 'rhea'

/** `done` is called without an error if the broker accepted the message, else with one; later calls do nothing. */
export type Pending = { message: Message; done: (error?: Error) => void }

/** An open link, driven by `send.ts`. */
export type SendLink = {
  /** Call after adding to the waiting messages. */
  wake(): void
  /** Call when the connection is lost: messages sent but not settled may or may not have arrived. */
  failUnsettled(error: Error): void
}

/**
 * Opens a link to `address` and sends the `waiting` messages in order, now and after every `wake`.
 * When the broker refuses or closes the link, all sent or waiting messages fail and `closed` is called.
 */
export function openSendLink(
  connection: Connection,
  address: string,
  waiting: Pending[],
  closed: () => void,
): SendLink {
  // A session for each address: within a session, a link without credit blocks the links behind it.
  const session = connection.create_session()
  session.begin()
  const sender = session.open_sender({ target: { address }, treat_modified_as_released: false })
  const unsettled = new Map<Delivery, Pending>()
  let scheduled = false

  /** Sends one message per turn of the event loop: rhea deducts sent messages from the credit only after the turn. */
  const sendNext = () => {
    scheduled = false
    if (!sender.is_open() || !sender.sendable()) return
    const next = waiting.shift()
    if (!next) return
    unsettled.set(sender.send(next.message), next)
    wake()
  }
  const wake = () => {
    if (!scheduled) process.nextTick(sendNext)
    scheduled = true
  }
  const settle =
    (outcome?: 'released' | 'rejected' | 'modified') =>
    ({ delivery }: EventContext) => {
      const pending = delivery && unsettled.get(delivery)
      if (!pending) return
      unsettled.delete(delivery)
      pending.done(
        outcome &&
          new Error(`the broker ${outcome} the message${describeError(delivery.remote_state?.error)}`),
      )
    }
  const failUnsettled = (error: Error) => {
    for (const pending of unsettled.values()) pending.done(error)
    unsettled.clear()
  }
  const refuse = () => {
    closed()
    session.close()
    const error = new Error(`the broker closed the link${describeError(sender.error ?? session.error)}`)
    failUnsettled(error)
    for (const pending of waiting.splice(0)) pending.done(error)
  }
  sender.on('accepted', settle())
  for (const outcome of ['released', 'rejected', 'modified'] as const) sender.on(outcome, settle(outcome))
  // A single permanent listener: listeners added per message would accumulate.
  sender.on('sendable', wake)
  for (const event of ['sender_error', 'sender_close']) sender.on(event, refuse)
  for (const event of ['session_error', 'session_close']) session.on(event, refuse)
  return { wake, failUnsettled }
}

/** Formats an AMQP error as `: <condition> <description>`; empty without an error. */
function describeError(error: unknown): string {
  const { condition, description } = Object(error) as { condition?: unknown; description?: unknown }
  const parts = [condition, description].filter(Boolean)
  return parts.length > 0 ? `: ${parts.join(' ')}` : ''
}
