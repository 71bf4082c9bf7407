/** Server-sent events: the frames of a stream, and messages of the outbox as changes (behaviour/streams). */
import { z } from 'zod'
import type { PositionedMessage } from '../db/queries/messages/positions.ts'
import {
  advisoryGroup,
  CHANGE_KINDS,
  decisionGroup,
  EVERY_EVENT,
  eventGroup,
  type StreamChange,
} from '../domain/streams/change.ts'

const ENCODER = new TextEncoder()

/** An event of a stream; `data` is sent as JSON. */
export type StreamEvent = { id: number; event: string; data: unknown }

/** The frame of an event. */
export function eventFrame({ id, event, data }: StreamEvent): Uint8Array {
  return jsonFrame(id, event, JSON.stringify(data))
}

/** The same for a body that is JSON text on one line. */
export function jsonFrame(id: number, event: string, json: string): Uint8Array {
  return ENCODER.encode(`id: ${id}\nevent: ${event}\ndata: ${json}\n\n`)
}

/** Sets the pause before the client connects again, and optionally the id it then continues after; reports no event. */
export function retryFrame(milliseconds: number, id?: number): Uint8Array {
  return ENCODER.encode(`retry: ${milliseconds}\n${id === undefined ? '' : `id: ${id}\n`}\n`)
}

/** A comment, with the id of the newest message that was looked at, if the client has everything up to it. */
export function beatFrame(id: number | undefined): Uint8Array {
  return ENCODER.encode(id === undefined ? ':\n\n' : `:\nid: ${id}\n\n`)
}

const decisionUpdateSchema = z.object({
  msg: z.looseObject({
    subject_type: z.string(),
    subject_identifier: z.string(),
    decision_context: z.string(),
    product_version: z.string(),
  }),
})

/** The change that a message reports; null: one that no stream reports. */
export function changeOf({
  position,
  topic,
  payload,
  eventId,
  advisory,
}: PositionedMessage): StreamChange | null {
  if (topic === null) return null
  const kind = CHANGE_KINDS.find((name) => name === topic)
  if (kind) {
    const groups = [EVERY_EVENT]
    if (eventId !== null) groups.push(eventGroup(eventId))
    if (advisory !== null) groups.push(advisoryGroup(advisory))
    return { position, kind, groups, frame: eventFrame({ id: position, event: kind, data: payload }) }
  }
  const update = decisionUpdateSchema.safeParse(payload)
  if (!update.success) return null
  const { msg } = update.data
  const group = decisionGroup({
    subjectType: msg.subject_type,
    subjectIdentifier: msg.subject_identifier,
    decisionContext: msg.decision_context,
    productVersion: msg.product_version,
  })
  const event = 'decision.update'
  return { position, kind: event, groups: [group], frame: eventFrame({ id: position, event, data: msg }) }
}
