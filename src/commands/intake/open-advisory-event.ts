/** Opens the event of an advisory that has shipped (behaviour/freshmaker 5.3; type 10 by the design's ruling). */
import { required } from '../../clients/required.ts'
import type { Context } from '../../context.ts'
import type { InboxRow } from '../../db/entities/index.ts'
import { insertEvent, lockAdvisoryEvent } from '../../db/queries/events.ts'
import { EVENT_TYPES, type EventTypeId } from '../../domain/event.ts'
import { shippedEventType } from '../../domain/rebuild/intake/event-type.ts'
import { handlerFor, whyOff } from '../../handlers/index.ts'
import { Permanent, Skip } from '../../lib/errors.ts'

/** `messageId`: of the event, which repeats lead to. */
type AdvisoryMessage = {
  messageId: string
  advisory: { id: number; name: string }
  eventTypeId: EventTypeId
}
type Opened = { id: number; isNew: boolean }

/**
 * Fetches the advisory from the Errata Tool and stores an INITIALIZED event. Safe to repeat: the event's message id
 * comes from the message's, and one advisory has one automatic event at a time.
 * @throws Skip when nothing here rebuilds for it, Permanent when the Errata Tool does not know it
 */
export async function openAdvisoryEvent(
  ctx: Context,
  { errataId }: { errataId: number },
  row: Pick<InboxRow, 'messageId'>,
): Promise<{ eventId: number }> {
  const { errata } = required(ctx.clients, 'errata')
  const advisory = await errata.summary(errataId)
  if (!advisory) throw new Permanent(`The Errata Tool does not know advisory ${errataId}.`)
  const type = shippedEventType(advisory)
  const eventTypeId = EVENT_TYPES[type]
  const handler = handlerFor(eventTypeId, advisory.contentTypes)
  if (!handler)
    throw new Skip(
      `No handler rebuilds images for ${type} with content types ${advisory.contentTypes.join(', ') || 'none'}.`,
    )
  const off = whyOff(handler, ctx.settings.env)
  if (off !== undefined) throw new Skip(`${off}.`)
  const messageId = `${row.messageId}.${advisory.name}`
  return openAutomaticEvent(ctx, { messageId, advisory, eventTypeId })
}

/** The event of a message about an advisory; safe to repeat as above. @throws Skip while another event handles it */
export async function openAutomaticEvent(
  ctx: Context,
  message: AdvisoryMessage,
): Promise<{ eventId: number }> {
  const opened = await openOnce(ctx, message)
  if (opened.isNew) ctx.log.info({ event: opened.id, advisory: message.advisory.name }, 'event opened')
  await ctx.queues.enqueue('discover', { eventId: opened.id })
  return { eventId: opened.id }
}

function openOnce(ctx: Context, { messageId, advisory, eventTypeId }: AdvisoryMessage): Promise<Opened> {
  const searchKey = String(advisory.id)
  return ctx.db.transaction(async (em) => {
    const { DRY_RUN: dryRun } = ctx.settings.env
    const existing = await lockAdvisoryEvent(em, { messageId, searchKey, eventTypeId, dryRun })
    if (existing && 'same' in existing) return { id: existing.same, isNew: false }
    if (existing) throw new Skip(`Advisory ${searchKey} is already being handled by event ${existing.open}.`)
    const event = { messageId, searchKey, eventTypeId, timeCreated: ctx.now(), dryRun }
    return { id: await insertEvent(em, event), isNew: true }
  })
}
