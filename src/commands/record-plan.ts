/** Turns an event's findings into builds: planned purely, recorded in one transaction with the event's new state. */
import type { Context } from '../context.ts'
import { readDurations } from '../db/queries/durations.ts'
import { readFindings } from '../db/queries/findings.ts'
import { writePlan } from '../db/queries/write-plan.ts'
import { eventStateId } from '../domain/event.ts'
import type { Consideration } from '../domain/rebuild/consideration.ts'
import { planBuilds } from '../domain/rebuild/plan.ts'
import { eventText } from '../domain/rebuild/texts.ts'
import { isPassing, messageOf } from '../lib/errors.ts'
import { type Applied, afterCommit, applyFact, applyFactIn } from './apply-fact.ts'

/**
 * Safe to repeat: under the event's lock, only an event that is still INITIALIZED gets builds. When the last try of
 * the job fails for something that time will not mend, the event ends FAILED with that reason.
 */
export async function recordPlan(ctx: Context, eventId: number, isLast = false): Promise<void> {
  try {
    await planAndRecord(ctx, eventId)
  } catch (error) {
    if (!isLast || isPassing(error)) throw error
    ctx.log.error({ event: eventId, err: error }, 'an event cannot be planned')
    const reason = eventText.handlingFailed(messageOf(error))
    await applyFact(ctx, eventId, { kind: 'event-failed', reason })
  }
}

async function planAndRecord(ctx: Context, eventId: number): Promise<void> {
  const findings = await readFindings<Consideration>(ctx.db.fork(), eventId)
  if (!findings) return ctx.queues.enqueue('discover', { eventId })
  const durations = await readDurations(ctx.db.fork(), new Set(findings.nodes.map((node) => node.image.name)))
  const began = performance.now()
  const plan = planBuilds({ nodes: findings.nodes, ...durations })
  const ms = Math.round(performance.now() - began)
  ctx.log.info({ event: eventId, images: findings.nodes.length, builds: plan.builds.length, ms }, 'planned')
  const applied = await ctx.db.transaction(async (em): Promise<Applied | undefined> => {
    const [event] = await em.execute<{ state: number }[]>(
      'select state from events where id = ? for update',
      [eventId],
    )
    if (event?.state !== eventStateId('INITIALIZED')) return undefined
    await writePlan(em, eventId, plan.builds, [...findings.considered, ...plan.considered], ctx.now())
    return applyFactIn(ctx, em, eventId, { kind: 'plan-recorded', whenEmpty: findings.whenEmpty })
  })
  if (applied) await afterCommit(ctx, eventId, applied)
}
