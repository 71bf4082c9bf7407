/** Queue `sweep`: puts back what is due. Safe to repeat: jobs that still wait are not doubled. */

import { deleteOld } from '../src/commands/sweep/delete-old.ts'
import { fillAdvisories } from '../src/commands/sweep/fill-advisories.ts'
import { sweep as sweepDue } from '../src/commands/sweep/sweep.ts'
import { watchAdvisories } from '../src/commands/sweep/watch-advisories.ts'
import { createAlone } from '../src/lib/async/alone.ts'
import { leaveDue, type WorkerOf } from './run.ts'

/**
 * Sweeps once, then deletes what is old and reads of the Errata Tool what is due: both may take long and must not keep due
 * work waiting, that of the next sweep either.
 */
export function createSweep(): WorkerOf<'sweep'> {
  const alone = createAlone()
  return {
    run: async (ctx) => {
      await alone('due', async () => {
        const counts = await sweepDue(ctx)
        ctx.log.debug(counts, 'swept')
      })
      await alone('old', () => deleteOld(ctx))
      await alone('errata', async () => {
        await watchAdvisories(ctx)
        await fillAdvisories(ctx)
      })
    },
    giveUp: leaveDue,
  }
}
