/** Looks up with the end of a build what the submissions of its children check, so that they need no request of their own. */
import type { KojiClient } from '../../clients/koji/client.ts'
import type { Context } from '../../context.ts'
import { type EndedBuild, originalsOfChildren } from '../../db/queries/running-tasks.ts'

/**
 * Returns what begins the lookups, to be called in the same turn as other reads: then all are one request. Nothing depends
 * on their answers: a submission that does not find them looks for itself.
 */
export async function lookAhead(ctx: Context, build: EndedBuild): Promise<(koji: KojiClient) => void> {
  const originals = await originalsOfChildren(ctx.db.fork(), build.id)
  const nvrs = originals.length > 0 ? [build.rebuiltNvr, ...originals] : []
  return (koji) => {
    for (const nvr of nvrs) koji.recentBuild(nvr).catch(() => undefined)
  }
}
