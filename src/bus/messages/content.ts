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

/** What a gateway has written on the wrapping of a message: it may deliver everything under an address, and with ids, of its own. */
type Label = { topic: string | undefined; messageId: string | undefined }

/** A message without its wrapping, and what was written on that. */
export type Unwrapped = Label & ({ content: Content } | { content: undefined; problem: string })

const NO_LABEL: Label = { topic: undefined, messageId: undefined }

/** Decodes the body; a body that is not valid JSON becomes a problem that a person can read. */
export function unwrap({ body, properties }: Delivery): Unwrapped {
  const text = body.toString('utf8').trim()
  if (text === '') return { ...NO_LABEL, content: { body: undefined, headers: properties } }
  try {
    const { label, headers, msg } = stripEnvelope(JSON.parse(text))
    // Parsers and the columns that keep a message would overflow the stack.
    if (!isWithinDepth(msg, MAX_LEVELS))
      return {
        ...label,
        content: undefined,
        problem: `The body is nested more than ${MAX_LEVELS} levels deep.`,
      }
    return {
      ...label,
      content: { body: isEmpty(msg) ? undefined : msg, headers: { ...headers, ...properties } },
    }
  } catch (error) {
    return {
      ...NO_LABEL,
      content: undefined,
      problem: `The body is not valid JSON: ${messageOf(error)}.`,
    }
  }
}

type Envelope = { label: Label; headers: Record<string, unknown>; msg: unknown }

/** `{topic, msg_id, headers, msg}`, or the same again under `body`; anything else is the message itself. */
function stripEnvelope(value: unknown): Envelope {
  const bare: Envelope = { label: NO_LABEL, headers: {}, msg: value }
  if (!isJsonObject(value)) return bare
  const inner = isJsonObject(value.body) ? value.body : value
  if (!('msg' in inner) || !['topic', 'msg_id', 'headers'].some((mark) => mark in value)) return bare
  const headers = { ...asRecord(value.headers), ...asRecord(inner.headers) }
  const label = {
    topic: firstText(value.topic, inner.topic),
    messageId: firstText(value.msg_id, inner.msg_id, headers['message-id']),
  }
  return { label, headers, msg: inner.msg }
}

function firstText(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '')
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
