/** Queue `sweep`: puts back what is due. Safe to repeat: jobs that still wait are not doubled. */
import { sweep as sweepDatabase } from '../src/commands/sweep.ts'
import { leaveDue, type WorkerOf } from './run.ts'

/** Sweeps once. */
export const sweep: WorkerOf<'sweep'> = {
  run: async (ctx) => {
    const counts = await sweepDatabase(ctx)
    ctx.log.debug(counts, 'swept')
  },
  giveUp: leaveDue,
}
