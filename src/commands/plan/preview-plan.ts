/** Previews what would be rebuilt for an advisory: discovery and planning without an event, a row, or a call that writes. */
import type { Context } from '../../context.ts'
import type { EventRow } from '../../db/entities/index.ts'
import { readDurations } from '../../db/queries/planning/durations.ts'
import { EVENT_TYPES, type EventTypeName } from '../../domain/event.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import type { EventForecast } from '../../domain/rebuild/forecast/forecast.ts'
import { type PlannedBuild, planBuilds } from '../../domain/rebuild/plan/plan.ts'
import type { Handler } from '../../handlers/handler.ts'
import { handlerOfType, whyOff } from '../../handlers/index.ts'
import { NotReady, Permanent, Skip } from '../../lib/errors.ts'
import { forecastPlan } from '../forecast/forecast-builds.ts'
import { typeOfRequest } from '../intake/requested-type.ts'

/**
 * `handler`: the one that would take the event; null: none here would. `skipped`: why nothing would be rebuilt at all; then
 * `builds` is empty.
 */
export type PlanPreview = {
  handler: string | null
  skipped: string | null
  builds: PlannedBuild[]
  considered: Consideration[]
  /** Of a start now, beside everything that is open. */
  forecast: EventForecast
}

type Request = { errataId: number; containerImages: readonly string[] }

/**
 * Plans like a manual rebuild of the advisory once it has shipped, limited to `containerImages` if there are any. Only
 * reads, so it is safe to repeat. @throws UpstreamError when a service cannot be queried
 */
export async function previewPlan(ctx: Context, request: Request): Promise<PlanPreview> {
  const { errataId } = request
  const { errata } = ctx.clients
  if (!errata) throw new NotReady('The Errata Tool is not configured (ERRATA_URL).', 60_000)
  const type = await typeOfRequest(errata, errataId, { asShipped: true })
  if (!type) return nothing(null, `The Errata Tool does not know advisory ${errataId}.`)
  const handler = handlerOfType(EVENT_TYPES[type])
  if (!handler) return nothing(null, `Nothing here rebuilds for ${type}.`)
  const off = whyOff(handler, ctx.settings.env)
  if (off !== undefined) return nothing(handler.name, `${off}.`)
  return planBy(ctx, handler, previewEvent(ctx, type, request))
}

async function planBy(ctx: Context, handler: Handler, event: EventRow): Promise<PlanPreview> {
  try {
    const findings = await handler.gather(ctx, event)
    const names = new Set(findings.nodes.map((node) => node.image.name))
    const plan = planBuilds({
      nodes: findings.nodes,
      ...(await readDurations(ctx.db.fork(), names)),
      releasedDependenciesOnly: ctx.settings.file.container_released_dependencies_only,
    })
    const skipped = plan.builds.length === 0 ? findings.whenEmpty : null
    const considered = [...findings.considered, ...plan.considered]
    const forecast = await forecastPlan(ctx, plan.builds)
    return { handler: handler.name, skipped, builds: plan.builds, considered, forecast }
  } catch (error) {
    if (error instanceof Skip || error instanceof Permanent) return nothing(handler.name, error.message)
    throw error
  }
}

function nothing(handler: string | null, skipped: string): PlanPreview {
  return { handler, skipped, builds: [], considered: [], forecast: { p50S: 0, p90S: 0, workS: 0 } }
}

/** An event that is never stored: ids start at 1, so no builds or dependencies exist for it. */
function previewEvent(ctx: Context, type: EventTypeName, { errataId, containerImages }: Request): EventRow {
  return {
    id: 0,
    messageId: `preview-${errataId}`,
    searchKey: String(errataId),
    eventTypeId: EVENT_TYPES[type],
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
    trace: null,
  }
}
