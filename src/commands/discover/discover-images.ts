/** Lets an event's handler find what it affects, and stores the findings for planning. */
import type { Context } from '../../context.ts'
import type { EventRow } from '../../db/entities/index.ts'
import { findEvent } from '../../db/queries/events.ts'
import { copyEventAdvisory, writeEventAdvisory } from '../../db/queries/pages/event-advisories.ts'
import { dependencyKeys } from '../../db/queries/planning/event-dependencies.ts'
import { writeFindings } from '../../db/queries/planning/findings.ts'
import { resumptionOf } from '../../db/queries/planning/resumptions.ts'
import { EVENT_TYPES, eventStateId } from '../../domain/event.ts'
import type { ReadAdvisory } from '../../domain/rebuild/images/advisory.ts'
import type { ComposeFacts } from '../../domain/rebuild/plan/compose-needs.ts'
import type { Findings, OnAdvisory } from '../../handlers/handler.ts'
import { handlerOfType } from '../../handlers/index.ts'
import { Permanent } from '../../lib/errors.ts'
import { gatherComposeFacts } from './gather-composes.ts'
import { gatherResumed } from './gather-resumed.ts'

/**
 * Safe to repeat: only an INITIALIZED event is looked at, and findings are stored once.
 * @throws Skip when there is nothing to rebuild, Permanent when the event can never be handled
 */
export async function discoverImages(ctx: Context, eventId: number): Promise<void> {
  const event = await findEvent(ctx.db.fork(), eventId)
  if (!event || event.state !== eventStateId('INITIALIZED')) return
  const resumption = await resumptionOf(ctx.db.fork(), eventId)
  const discover = () => gatherAndRecord(ctx, event)
  if (resumption) await copyEventAdvisory(ctx.db.fork(), resumption.resumes, eventId)
  const findings = await (resumption ? gatherResumed(ctx, resumption, discover) : discover())
  const composes = await gatherComposes(ctx, event, findings)
  await writeFindings(ctx.db.fork(), eventId, { ...findings, composes })
  await ctx.queues.enqueue('plan', { eventId })
}

/** What was read of the advisory is stored also when the event is skipped, fails, or has to wait. */
async function gatherAndRecord(ctx: Context, event: EventRow): Promise<Findings> {
  let read: ReadAdvisory | undefined
  try {
    return await gatherByHandler(ctx, event, (advisory) => {
      read = advisory
    })
  } finally {
    if (read) await writeEventAdvisory(ctx.db.fork(), event.id, read)
  }
}

async function gatherByHandler(ctx: Context, event: EventRow, onAdvisory: OnAdvisory): Promise<Findings> {
  const handler = handlerOfType(event.eventTypeId)
  if (!handler) throw new Permanent(`no handler here handles events of type ${event.eventTypeId}`)
  return handler.gather(ctx, event, onAdvisory)
}

/** Null when builds of this kind of event need no composes, or there are none: then the tags of the RPMs do not matter. */
async function gatherComposes(
  ctx: Context,
  event: EventRow,
  { nodes }: Findings,
): Promise<ComposeFacts | null> {
  if (nodes.length === 0 || handlerOfType(event.eventTypeId)?.needsComposes === false) return null
  return gatherComposeFacts(ctx, nodes, await unshippedAdvisories(ctx, event))
}

/** Advisories whose RPMs may not be in any content set yet; one that has just shipped is not among them. */
async function unshippedAdvisories(ctx: Context, event: EventRow): Promise<number[]> {
  const thisAdvisory =
    event.eventTypeId === EVENT_TYPES.ErrataAdvisoryStateChangedEvent ? [] : [event.searchKey]
  const dependencies = await dependencyKeys(ctx.db.fork(), event.id)
  return [...new Set([...thisAdvisory, ...dependencies])].map(Number).filter(Number.isInteger)
}
