/** Queue `sweep`: enqueues again what is due. Safe to repeat: jobs that still wait are not duplicated. */

import { deleteOld } from '../src/commands/sweep/delete-old.ts'
import { fillAdvisories } from '../src/commands/sweep/fill-advisories.ts'
import { sweep as sweepDue } from '../src/commands/sweep/sweep.ts'
import { createAdvisoryWatch } from '../src/commands/sweep/watch-advisories.ts'
import { createAlone } from '../src/lib/async/alone.ts'
import { leaveDue, type WorkerOf } from './run/worker.ts'

/**
 * Sweeps once, then deletes old rows and reads from the Errata Tool what is due. Both may take long, so they come last and are left
 * out while those of an earlier sweep still run: due work does not wait for them.
 */
export function createSweep(): WorkerOf<'sweep'> {
  const alone = createAlone()
  const watchAdvisories = createAdvisoryWatch()
  let unreadBefore: number | null = null
  return {
    run: async (ctx) => {
      await alone('due', async () => {
        const counts = await sweepDue(ctx)
        ctx.log.debug(counts, 'swept')
      })
      await alone('old', () => deleteOld(ctx))
      await alone('errata', async () => {
        await watchAdvisories(ctx)
        unreadBefore = await fillAdvisories(ctx, unreadBefore)
      })
    },
    giveUp: leaveDue,
  }
}
