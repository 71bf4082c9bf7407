/** Queue `sweep`: puts back what is due. Safe to repeat: jobs that still wait are not doubled. */

import { fillAdvisories } from '../src/commands/fill-advisories.ts'
import { sweep as sweepDatabase } from '../src/commands/sweep.ts'
import { watchAdvisories } from '../src/commands/watch-advisories.ts'
import { leaveDue, type WorkerOf } from './run.ts'

/** Sweeps once, then reads of the Errata Tool what is due: it may take long and must not keep due work waiting. */
export const sweep: WorkerOf<'sweep'> = {
  run: async (ctx) => {
    const counts = await sweepDatabase(ctx)
    ctx.log.debug(counts, 'swept')
    await watchAdvisories(ctx)
    await fillAdvisories(ctx)
  },
  giveUp: leaveDue,
}
