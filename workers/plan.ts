/** Queue `plan`: findings become builds and composes. Safe to repeat: what is recorded or requested already stays. */

import { recordPlan } from '../src/commands/plan/record-plan.ts'
import { giveUpComposes, requestComposes } from '../src/commands/plan/request-composes.ts'
import { applyFact } from '../src/commands/transition/apply-fact.ts'
import { isInitialized } from '../src/db/queries/events.ts'
import { eventText } from '../src/domain/rebuild/texts.ts'
import { createSlots } from '../src/lib/async/slots.ts'
import { leaveDue, type WorkerOf } from './run/worker.ts'

/**
 * Plans one event, records its builds, and requests the composes they need. An event without a plan ends FAILED; so do
 * builds whose composes could not be requested while there was patience.
 */
export function createPlan(): WorkerOf<'plan'> {
  /** Planning takes processor time and memory, so one event at a time; requesting composes mostly waits for ODCS. */
  const oneAtATime = createSlots(1)
  return {
    run: async (ctx, { eventId }) => {
      await oneAtATime(() => recordPlan(ctx, eventId))
      await requestComposes(ctx, eventId)
    },
    giveUp: async (ctx, { eventId }, reason) => {
      if (!(await isInitialized(ctx.db.fork(), eventId))) {
        const isOver = reason.kind === 'out-of-patience'
        return isOver ? giveUpComposes(ctx, eventId, reason.text) : leaveDue(ctx, { eventId }, reason)
      }
      await applyFact(ctx, eventId, { kind: 'event-failed', reason: eventText.handlingFailed(reason.text) })
    },
  }
}
