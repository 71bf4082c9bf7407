/** Queue `plan`: findings become builds and composes. Safe to repeat: what is recorded or requested already stays. */
import { recordPlan } from '../src/commands/record-plan.ts'
import { requestComposes } from '../src/commands/request-composes.ts'
import type { WorkerOf } from './run.ts'

/** Plans one event, records its builds, and asks for the composes they need. */
export const plan: WorkerOf<'plan'> = async (ctx, { eventId }, { isLast }) => {
  await recordPlan(ctx, eventId, isLast)
  await requestComposes(ctx, eventId)
}
