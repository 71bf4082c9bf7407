/** The content of a message, without the envelopes that gateways add (behaviour/freshmaker 5.1). */

import { messageOf } from '../../lib/errors.ts'
import { isJsonObject, isWithinDepth, MAX_LEVELS } from '../../lib/json.ts'
import type { Delivery } from '../delivery.ts'

/** What a parser reads. `headers` are the message's own properties and those of its wrapping. */
export type Content = {
  /** Undefined when the body is empty and everything is in the headers. */
  body: unknown
  headers: Record<string, unknown>
}

/** `topic` is the one on the wrapping, if any: a gateway may deliver everything under an address of its own. */
export type Unwrapped = { topic: string | undefined } & (
  | { content: Content }
  | { content: undefined; problem: string }
)

/** Decodes the body; a body that is not valid JSON becomes a problem that a person can read. */
export function unwrap({ body, properties }: Delivery): Unwrapped {
  const text = body.toString('utf8').trim()
  if (text === '') return { topic: undefined, content: { body: undefined, headers: properties } }
  try {
    const { topic, headers, msg } = stripEnvelope(JSON.parse(text))
    // Parsers and the columns that keep a message would overflow the stack.
    if (!isWithinDepth(msg, MAX_LEVELS))
      return {
        topic,
        content: undefined,
        problem: `The body is nested more than ${MAX_LEVELS} levels deep.`,
      }
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

/** `{topic, msg_id, headers, msg}`, or the same again under `body`; anything else is the message itself. */
function stripEnvelope(value: unknown): Envelope {
  const bare: Envelope = { topic: undefined, headers: {}, msg: value }
  if (!isJsonObject(value)) return bare
  const inner = isJsonObject(value.body) ? value.body : value
  if (!('msg' in inner) || !['topic', 'msg_id', 'headers'].some((mark) => mark in value)) return bare
  const topic = value.topic ?? inner.topic
  return {
    topic: typeof topic === 'string' ? topic : undefined,
    headers: { ...asRecord(value.headers), ...asRecord(inner.headers) },
    msg: inner.msg,
  }
}

/** Whether a decoded body is empty. */
function isEmpty(msg: unknown): boolean {
  if (msg === null || msg === undefined || msg === '') return true
  return isJsonObject(msg) && Object.keys(msg).length === 0
}

/** `value` if it is a JSON object, else an empty one. */
export function asRecord(value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? value : {}
}
