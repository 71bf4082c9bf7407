/** Lets an event's handler find what it affects, and stores the findings for planning. */
import type { Context } from '../context.ts'
import { Event, type EventRow } from '../db/entities/index.ts'
import { dependencyKeys } from '../db/queries/event-dependencies.ts'
import { writeFindings } from '../db/queries/findings.ts'
import { EVENT_TYPES, eventStateId } from '../domain/event.ts'
import { eventText } from '../domain/rebuild/texts.ts'
import { gatherComposeFacts } from '../handlers/gather-compose-facts.ts'
import { handlerOfType } from '../handlers/index.ts'
import { isPassing, messageOf, Permanent, Skip } from '../lib/errors.ts'
import { applyFact } from './apply-fact.ts'

/**
 * Safe to repeat: only an INITIALIZED event is looked at, and findings are stored once. The event ends SKIPPED or
 * FAILED when the handler says so for good, or when the last try of the job fails for something that time will not
 * mend; a service that is down leaves it, to be tried again.
 */
export async function discoverImages(ctx: Context, eventId: number, isLast = false): Promise<void> {
  const event = await ctx.db.fork().findOne(Event, { id: eventId })
  if (!event || event.state !== eventStateId('INITIALIZED')) return
  try {
    const handler = handlerOfType(event.eventTypeId)
    if (!handler) throw new Permanent(`nothing here handles events of type ${event.eventTypeId}`)
    const findings = await handler.gather(ctx, event)
    const composes = await gatherComposeFacts(ctx, findings.nodes, await unshippedAdvisories(ctx, event))
    await writeFindings(ctx.db.fork(), eventId, { ...findings, composes })
    await ctx.queues.enqueue('plan', { eventId })
  } catch (error) {
    if (error instanceof Skip) await applyFact(ctx, eventId, { kind: 'event-skipped', reason: error.message })
    else if (error instanceof Permanent || (isLast && !isPassing(error))) {
      const reason = eventText.handlingFailed(messageOf(error))
      await applyFact(ctx, eventId, { kind: 'event-failed', reason })
    } else {
      ctx.log.warn({ event: eventId, err: messageOf(error) }, 'discovery did not get through')
      throw error
    }
  }
}

/** Advisories whose RPMs may not be in any content set yet; one that has just shipped is not among them. */
async function unshippedAdvisories(ctx: Context, event: EventRow): Promise<number[]> {
  const own = event.eventTypeId === EVENT_TYPES.ErrataAdvisoryStateChangedEvent ? [] : [event.searchKey]
  const others = await dependencyKeys(ctx.db.fork(), event.id)
  return [...new Set([...own, ...others])].map(Number).filter(Number.isInteger)
}
