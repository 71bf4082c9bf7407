/** A message received over AMQP 1.0, in one form regardless of the broker and the client that it came through. */
import { createHash } from 'node:crypto'
import type { Message } from 'rhea'
import { storableText } from '../lib/storable.ts'
import type { ReceivedMessage } from './decode.ts'

/** Every text in it is safe to store (`lib/storable.ts`); the body is kept byte for byte. */
export type Delivery = {
  /** The sender's id, or one derived from the content without it: the same message always gets the same id. */
  messageId: string
  topic: string
  /** Empty when the message has none. */
  body: Buffer
  /** Application properties as text; absent values are left out. */
  properties: Record<string, string>
  /** Why it could not be decoded; then it has no properties, and the body is all of it. */
  problem?: string
}

const MAX_ID_LENGTH = 255

/**
 * Reads a message that came from address `source`. Never throws, whatever a sender has put into it.
 * @param suffixes ends of the topics we know: brokers put the topic in different places, the first that fits wins
 */
export function readDelivery(
  message: ReceivedMessage,
  source: string,
  suffixes: readonly string[],
): Delivery {
  if (Buffer.isBuffer(message)) return undecodable(message, source)
  const topic = chooseTopic(message, source, suffixes)
  const body = readBody(message.body)
  const properties = readProperties(message.application_properties ?? {})
  const messageId = readId(message.message_id) ?? contentId(topic, body, properties)
  return { messageId, topic, body, properties }
}

function undecodable(body: Buffer, source: string): Delivery {
  const problem = `The message cannot be decoded as AMQP 1.0 (${body.length} bytes).`
  return {
    messageId: contentId(source, body, {}),
    topic: storableText(source),
    body,
    properties: {},
    problem,
  }
}

function chooseTopic(message: Message, source: string, suffixes: readonly string[]): string {
  const { to, subject, application_properties: properties } = message
  const annotations = { ...message.delivery_annotations, ...message.message_annotations }
  const names: unknown[] = [to, subject, annotations['x-routing-key'], properties?.destination, source]
  const candidates = names.filter((name) => typeof name === 'string').filter(Boolean)
  const known = candidates.find((candidate) => suffixes.some((suffix) => candidate.endsWith(suffix)))
  return storableText(known ?? candidates[0] ?? '')
}

function readId(id: unknown): string | undefined {
  if (id === undefined || id === null || id === '') return undefined
  return idOf(Buffer.isBuffer(id) ? bytesAsId(id) : asText(id))
}

/** An id that a sender chose, as it is stored: a longer one becomes its hash, so that it fits an index. */
export function idOf(sent: string): string {
  const text = storableText(sent)
  return text.length > MAX_ID_LENGTH ? `sha256-${sha256(text)}` : text
}

/** rhea gives UUIDs, ulongs beyond 2^53 and binary ids as bytes, distinguished by their length. */
function bytesAsId(bytes: Buffer): string {
  if (bytes.length === 8) return String(bytes.readBigUInt64BE())
  const hex = bytes.toString('hex')
  return bytes.length === 16 ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : hex
}

function contentId(topic: string, body: Buffer, properties: Record<string, string>): string {
  const own = Object.entries(properties).filter(([name]) => name !== 'traceparent' && name !== 'tracestate')
  const sorted = own.sort(([a], [b]) => (a < b ? -1 : 1))
  return `sha256-${sha256(`${topic}\n`, body.length > 0 ? body : JSON.stringify(sorted))}`
}

function sha256(...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

function readProperties(properties: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [storableText(name), storableText(asText(value))]),
  )
}

/** The body of a value, data or sequence section; rhea wraps the last two in an object with their `content`. */
function readBody(body: unknown): Buffer {
  if (body === null || body === undefined) return Buffer.alloc(0)
  if (Buffer.isBuffer(body)) return body
  if (!isSection(body)) return Buffer.from(asText(body))
  const parts: unknown[] = body.multiple && Array.isArray(body.content) ? body.content : [body.content]
  if (parts.every((part) => Buffer.isBuffer(part))) return Buffer.concat(parts)
  const items = parts.flat()
  return Buffer.from(items.length === 1 ? asText(items[0]) : asText(items))
}

type Section = { typecode: number; content: unknown; multiple?: boolean }

function isSection(body: unknown): body is Section {
  return typeof body === 'object' && body !== null && 'typecode' in body && 'content' in body
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value
  if (Buffer.isBuffer(value)) return value.toString('utf8')
  // rhea makes an invalid date of a timestamp that is out of range.
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
