/** `freshmaker.manage.eventcancel`: an event is to be canceled (behaviour/freshmaker 5.5). */
import { z } from 'zod'
import type { Reading } from '../../../domain/message.ts'
import { asRecord, type Content } from '../content.ts'
import { failed, ignored, invalid, means, wireId } from '../reading.ts'

/** The last part of the topic, which the action must repeat. */
const ACTION = 'eventcancel'
/** The original sends the message on with a count of its attempts, and ignores it after the last. */
const MAX_CANCEL_ATTEMPTS = 3

const schema = z.object({
  event_id: wireId,
  builds_id: z.array(wireId),
  try: z.number().int().nonnegative().default(0),
})

/** `builds_id` are the builds that were running: they must be builds of the event. */
export function parseManageRequest({ body }: Content): Reading {
  const { action } = asRecord(body)
  if (action === undefined) return failed('Action is not defined within the message.')
  if (action !== ACTION)
    return failed(
      "Last part of 'Freshmaker manage' message topic must match the action defined within the message.",
    )
  const message = schema.safeParse(body)
  if (!message.success) return invalid(message.error)
  const { event_id: eventId, builds_id: buildIds, try: attempts } = message.data
  if (attempts >= MAX_CANCEL_ATTEMPTS)
    return ignored(`Event ${eventId} was to be canceled in ${attempts} tries before.`)
  return means({ kind: 'cancel-requested', eventId, buildIds })
}
