/** Queue `plan`: findings become builds. Safe to repeat: an event that has builds or has ended is left alone. */
import { recordPlan } from '../src/commands/record-plan.ts'
import type { WorkerOf } from './run.ts'

/** Plans one event and records its builds. */
export const plan: WorkerOf<'plan'> = (ctx, { eventId }, { isLast }) => recordPlan(ctx, eventId, isLast)
