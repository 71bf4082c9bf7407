/** Messages of the lab's bus in the plain form that tests and the demo read and write. */
import rhea, { type Message } from 'rhea'

/** A message that a client sent to the bus over AMQP; `body` is its text, null for a message without a body. */
export type ReceivedMessage = {
  /** Address it was sent to, without `topic://` or `queue://`. */
  topic: string
  messageId: string | null
  subject: string | null
  contentType: string | null
  body: string | null
  properties: Record<string, unknown>
}

/** `messageId: null` sends no id, as Koji does; by default an id is generated. */
export type PublishOptions = {
  properties?: Record<string, unknown>
  messageId?: string | number | Buffer | null
  subject?: string
  to?: string
}

/**
 * Encodes strings as an AMQP string, bytes as a data section, `undefined` as an empty string, and
 * everything else as an AMQP string that holds JSON.
 */
export function toMessage(body: unknown, options: PublishOptions): Message {
  const { properties, messageId, ...rest } = options
  return {
    ...rest,
    body: Buffer.isBuffer(body) ? rhea.message.data_section(body) : toText(body),
    durable: true,
    ...(messageId === null ? {} : { message_id: messageId ?? `ID:lab-${crypto.randomUUID()}` }),
    ...(properties ? { application_properties: properties } : {}),
  }
}

function toText(body: unknown): string {
  if (body === undefined) return ''
  return typeof body === 'string' ? body : JSON.stringify(body)
}

/** A message received over AMQP for `topic`, in plain form; a body that is neither text nor bytes becomes JSON. */
export function toReceived(topic: string, message: Message): ReceivedMessage {
  return {
    topic,
    messageId: message.message_id === undefined ? null : String(message.message_id),
    subject: message.subject ?? null,
    contentType: message.content_type ?? null,
    body: bodyText(message.body),
    properties: message.application_properties ?? {},
  }
}

/** The text of a body that was sent as text or as bytes; JSON of any other, null of none. */
export function bodyText(body: unknown): string | null {
  if (body === undefined || body === null) return null
  if (typeof body === 'string') return body
  const content = Buffer.isBuffer(body) ? body : Object(body).content
  return Buffer.isBuffer(content) ? content.toString('utf8') : JSON.stringify(body)
}
