/** Looks up with the end of a build what the submissions of its children check, so that they need no request of their own. */
import type { KojiClient } from '../../clients/koji/client.ts'
import type { Context } from '../../context.ts'
import { type EndedBuild, originalsOfChildren } from '../../db/queries/running-tasks.ts'

/**
 * `begin` begins the lookups, to be called in the same turn as other reads: then all are one request. Nothing depends on
 * their answers: a submission that does not find them looks for itself. `isAwaited`: builds wait for this one, or for the room
 * that its task takes.
 */
export async function lookAhead(
  ctx: Context,
  build: EndedBuild,
): Promise<{ isAwaited: boolean; begin: (koji: KojiClient) => void }> {
  const originals = await originalsOfChildren(ctx.db.fork(), build.id)
  const nvrs = originals.length > 0 ? [build.rebuiltNvr, ...originals] : []
  const { max_tasks_in_flight: max, max_tasks_in_flight_per_target: maxOnTarget } = ctx.settings.file
  return {
    isAwaited: originals.length > 0 || max > 0 || maxOnTarget > 0,
    begin: (koji) => {
      for (const nvr of nvrs) koji.recentBuild(nvr).catch(() => undefined)
    },
  }
}
