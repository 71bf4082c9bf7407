/** Extracts the content of a message from the envelopes that gateways put around it (behaviour/freshmaker 5.1). */
import type { Delivery } from '../bus/delivery.ts'
import { messageOf } from '../lib/errors.ts'

/** The input of a parser. `headers` are the properties of the message and of its envelope. */
export type Content = {
  /** Undefined if the body is empty and all information is in the headers. */
  body: unknown
  headers: Record<string, unknown>
}

/** `topic` is the topic on the envelope, if any: a gateway may deliver all messages under its own address. */
export type Unwrapped = { topic: string | undefined } & (
  | { content: Content }
  | { content: undefined; problem: string }
)

/** Decodes the body. If it is not valid JSON, `problem` says so for an operator. */
export function unwrap({ body, properties }: Delivery): Unwrapped {
  const text = body.toString('utf8').trim()
  if (text === '') return { topic: undefined, content: { body: undefined, headers: properties } }
  try {
    const { topic, headers, msg } = openEnvelope(JSON.parse(text))
    return {
      topic,
      content: { body: isEmpty(msg) ? undefined : msg, headers: { ...headers, ...properties } },
    }
  } catch (error) {
    return {
      topic: undefined,
      content: undefined,
      problem: `The body is not valid JSON: ${messageOf(error)}.`,
    }
  }
}

type Envelope = { topic: string | undefined; headers: Record<string, unknown>; msg: unknown }

/** An envelope is `{topic, msg_id, headers, msg}`, or has these fields in `body`; anything else is a bare message. */
function openEnvelope(value: unknown): Envelope {
  const bare: Envelope = { topic: undefined, headers: {}, msg: value }
  if (!isRecord(value)) return bare
  const inner = isRecord(value.body) ? value.body : value
  if (!('msg' in inner) || !['topic', 'msg_id', 'headers'].some((mark) => mark in value)) return bare
  const topic = value.topic ?? inner.topic
  return {
    topic: typeof topic === 'string' ? topic : undefined,
    headers: { ...asRecord(value.headers), ...asRecord(inner.headers) },
    msg: inner.msg,
  }
}

/** Whether a decoded body carries no information. */
function isEmpty(msg: unknown): boolean {
  if (msg === null || msg === undefined || msg === '') return true
  return isRecord(msg) && Object.keys(msg).length === 0
}

/** Whether `value` is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `value` if it is a JSON object, otherwise an empty object. */
export function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}
