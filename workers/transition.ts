/** Queue `transition`: a fact for the state machine. Safe to repeat: a fact that was applied changes nothing again. */
import { settleFact } from '../src/commands/settle-fact.ts'
import type { WorkerOf } from './run.ts'

/** Applies one fact. */
export const transition: WorkerOf<'transition'> = (ctx, fact, { isLast }) => settleFact(ctx, fact, isLast)
