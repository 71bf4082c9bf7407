/** Queue `sweep`: puts back what is due. Safe to repeat: jobs that still wait are not doubled. */

import { fillAdvisories } from '../src/commands/fill-advisories.ts'
import { sweep as sweepDatabase } from '../src/commands/sweep.ts'
import { watchAdvisories } from '../src/commands/watch-advisories.ts'
import { createAlone } from '../src/lib/async/alone.ts'
import { leaveDue, type WorkerOf } from './run.ts'

/**
 * Sweeps once, then reads of the Errata Tool what is due: it may take long and must not keep due work waiting, that of the
 * next sweep either.
 */
export function createSweep(): WorkerOf<'sweep'> {
  const alone = createAlone()
  return {
    run: async (ctx) => {
      await alone('database', async () => {
        const counts = await sweepDatabase(ctx)
        ctx.log.debug(counts, 'swept')
      })
      await alone('errata', async () => {
        await watchAdvisories(ctx)
        await fillAdvisories(ctx)
      })
    },
    giveUp: leaveDue,
  }
}
