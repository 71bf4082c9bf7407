/** Queue `sweep`: puts back what is due. Safe to repeat: reminders that still wait are not doubled. */
import { sweep as sweepDatabase } from '../src/commands/sweep.ts'
import type { WorkerOf } from './run.ts'

/** Sweeps once. */
export const sweep: WorkerOf<'sweep'> = async (ctx) => {
  const counts = await sweepDatabase(ctx)
  ctx.log.debug(counts, 'swept')
}
