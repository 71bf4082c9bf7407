/** Handles an event up to its plan without workers, for tests of discovery and planning. */
import { recordPlan } from '../../../src/commands/plan/record-plan.ts'
import { discover } from '../../../workers/discover.ts'
import { attempt } from '../../../workers/run/attempt.ts'
import type { TestContext } from '../context.ts'
import { type EndedEvent, readEventById } from '../database/events.ts'

/** An event after discovery and planning; `why`: the rule and the reason for each considered image, by NVR. */
export type PlannedEvent = EndedEvent & { why: Record<string, string> }

/** @throws Error when the event does not exist */
export async function planEvent(ctx: TestContext, eventId: number): Promise<PlannedEvent> {
  await attempt(ctx, { queue: 'discover', worker: discover, payload: { eventId }, isLast: true })
  await recordPlan(ctx, eventId)
  const event = await readEventById(ctx.db, eventId)
  if (!event) throw new Error(`Event ${eventId} does not exist`)
  const considered = await ctx.db
    .fork()
    .execute<{ nvr: string; rule: string; reason: string }[]>(
      'select nvr, rule, reason from considered_images where event_id = ?',
      [eventId],
    )
  return {
    ...event,
    why: Object.fromEntries(considered.map(({ nvr, rule, reason }) => [nvr, `${rule}: ${reason}`])),
  }
}
