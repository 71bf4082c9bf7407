/** Ends an event whose discovery found nothing to rebuild, or failed, unless another run of it has stored its findings. */
import type { Context } from '../../context.ts'
import { lockInitialized } from '../../db/queries/events.ts'
import { hasFindings } from '../../db/queries/planning/findings.ts'
import type { Fact } from '../../domain/rebuild/transition/facts.ts'
import { type Applied, afterCommit, applyFactIn } from '../transition/apply-fact.ts'

type DiscoveryEnd = Extract<Fact, { kind: 'event-skipped' | 'event-failed' }>

/**
 * A run that hung may fail long after another run has taken its job over and has found what to rebuild: that event continues. Compared
 * under the event's lock. Safe to repeat.
 */
export async function endUndiscovered(ctx: Context, eventId: number, fact: DiscoveryEnd): Promise<void> {
  const applied = await ctx.db.transaction(async (em): Promise<Applied | undefined> => {
    const isOpen = (await lockInitialized(em, eventId)) && !(await hasFindings(em, eventId))
    return isOpen ? applyFactIn(ctx, em, eventId, fact) : undefined
  })
  if (applied) await afterCommit(ctx, eventId, applied)
  else
    ctx.log.info(
      { event: eventId, reason: fact.reason },
      'late end of a discovery ignored: the event has moved on',
    )
}
