/** Gathers the findings of an event that resumes another: what that one had found, and newly only what it lacked (decision 0016). */
import type { Context } from '../../context.ts'
import { readFindings } from '../../db/queries/planning/findings.ts'
import { leftBuilds, type ResumptionRecord } from '../../db/queries/planning/resumptions.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { needDiscovery, type ResumedBuild, resumedNodes } from '../../domain/rebuild/plan/resumed-nodes.ts'
import type { Findings } from '../../handlers/handler.ts'

/**
 * `discover` runs the discovery of the event's handler; it is needed for builds that need a new plan, for an event that
 * ended without builds, and where the stored findings have an older form. Only reads, so it is safe to repeat.
 */
export async function gatherResumed(
  ctx: Context,
  { resumes, builds }: ResumptionRecord,
  discover: () => Promise<Findings>,
): Promise<Findings> {
  if (builds.length === 0) return discover()
  const em = ctx.db.fork()
  const known = await readFindings<Consideration>(em, resumes)
  const chosen = new Set(builds)
  const resumed = (await leftBuilds(em, resumes)).map(({ id, state, ...build }): ResumedBuild => {
    const rest = state === 'DONE' ? 'done' : 'left'
    return { ...build, role: chosen.has(id) ? 'chosen' : rest }
  })
  const nodes = known?.nodes ?? []
  const fresh = needDiscovery(resumed, nodes).length > 0 ? await discover() : undefined
  const fixedRpms = fresh?.fixedRpms ?? known?.fixedRpms ?? []
  const whenEmpty = fresh?.whenEmpty ?? known?.whenEmpty ?? ''
  return { ...resumedNodes(resumed, nodes, fresh), fixedRpms, whenEmpty }
}
