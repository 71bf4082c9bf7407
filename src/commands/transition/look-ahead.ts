/** Prefetches, when a build has ended, what the submissions of its children check, so that they need no request of their own. */
import type { KojiClient } from '../../clients/koji/client.ts'
import type { Context } from '../../context.ts'
import { type BuildOfEndedTask, originalsOfChildren } from '../../db/queries/running-tasks.ts'

/**
 * `prefetch` starts the lookups; call it in the same turn as other reads, which makes all of them one request. Nothing depends on
 * the answers: a submission that does not find them looks for itself. `isAwaited`: builds wait for this one to end, or for the
 * slot that its task takes.
 */
export async function prepareLookups(
  ctx: Context,
  build: BuildOfEndedTask,
): Promise<{ isAwaited: boolean; prefetch: (koji: KojiClient) => void }> {
  const originals = await originalsOfChildren(ctx.db.fork(), build.id)
  const nvrs = originals.length > 0 ? [build.rebuiltNvr, ...originals] : []
  const { max_tasks_in_flight: max, max_tasks_in_flight_per_target: maxOnTarget } = ctx.settings.file
  return {
    isAwaited: originals.length > 0 || max > 0 || maxOnTarget > 0,
    prefetch: (koji) => {
      for (const nvr of nvrs) koji.recentBuild(nvr).catch(() => undefined)
    },
  }
}
