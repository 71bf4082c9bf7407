/** Previews what would be rebuilt for an advisory: discovery and planning without an event, a row, or a call that writes. */
import type { Context } from '../../context.ts'
import type { EventRow } from '../../db/entities/index.ts'
import { readDurations } from '../../db/queries/planning/durations.ts'
import { EVENT_TYPES } from '../../domain/event.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { type PlannedBuild, planBuilds } from '../../domain/rebuild/plan/plan.ts'
import { handlerOfType } from '../../handlers/index.ts'
import { Permanent, Skip } from '../../lib/errors.ts'

/** `skipped`: why nothing would be rebuilt at all; then the lists are empty. */
export type PlanPreview = { skipped: string | null; builds: PlannedBuild[]; considered: Consideration[] }

/**
 * Plans like a manual rebuild of the advisory, limited to `containerImages` if there are any. Only reads, so it is safe
 * to repeat. @throws UpstreamError when a service cannot be queried
 */
export async function previewPlan(
  ctx: Context,
  { errataId, containerImages }: { errataId: number; containerImages: readonly string[] },
): Promise<PlanPreview> {
  const event = previewEvent(ctx, errataId, containerImages)
  const handler = handlerOfType(event.eventTypeId)
  if (!handler) throw new Permanent(`nothing here handles events of type ${event.eventTypeId}`)
  try {
    const findings = await handler.gather(ctx, event)
    const names = new Set(findings.nodes.map((node) => node.image.name))
    const plan = planBuilds({
      nodes: findings.nodes,
      ...(await readDurations(ctx.db.fork(), names)),
      releasedDependenciesOnly: ctx.settings.file.container_released_dependencies_only,
    })
    const skipped = plan.builds.length === 0 ? findings.whenEmpty : null
    return { skipped, builds: plan.builds, considered: [...findings.considered, ...plan.considered] }
  } catch (error) {
    if (error instanceof Skip || error instanceof Permanent)
      return { skipped: error.message, builds: [], considered: [] }
    throw error
  }
}

/** An event that is never stored: ids start at 1, so no builds or dependencies exist for it. */
function previewEvent(ctx: Context, errataId: number, containerImages: readonly string[]): EventRow {
  return {
    id: 0,
    messageId: `preview-${errataId}`,
    searchKey: String(errataId),
    eventTypeId: EVENT_TYPES.ManualRebuildWithAdvisoryEvent,
    released: true,
    state: 0,
    stateReason: null,
    timeCreated: ctx.now(),
    timeDone: null,
    dryRun: true,
    requester: null,
    requestedRebuilds: containerImages.length > 0 ? containerImages.join(' ') : null,
    requesterMetadata: null,
    manualTriggered: true,
    distGitBranch: null,
    brewTarget: null,
  }
}
