/** Previews what would be rebuilt for an advisory or for RPMs: discovery and planning without an event, a row, or a call that writes. */
import { required } from '../../clients/required.ts'
import type { Context } from '../../context.ts'
import type { EventRow } from '../../db/entities/index.ts'
import { earlierRebuilds } from '../../db/queries/planning/event-dependencies.ts'
import { EVENT_TYPES, type EventTypeName } from '../../domain/event.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import type { EventForecast } from '../../domain/rebuild/forecast/forecast.ts'
import type { EarlierRebuild } from '../../domain/rebuild/images/earlier-rebuild.ts'
import { type PlannedBuild, planBuilds } from '../../domain/rebuild/plan/plan.ts'
import type { WhatIf } from '../../domain/rebuild/plan/what-if.ts'
import type { DiscoveryEvent, Findings, Handler } from '../../handlers/handler.ts'
import { handlerOfType, whyOff } from '../../handlers/index.ts'
import { gatherForRpms } from '../../handlers/named-rpms.ts'
import { rpmAdvisory } from '../../handlers/rpm-advisory.ts'
import { Permanent, Skip } from '../../lib/errors.ts'
import { gatherAdvisoryFacts } from '../discover/gather-composes.ts'
import { forecastPlan } from '../forecast/forecast-builds.ts'
import { typeOfRequest } from '../intake/requested-type.ts'
import { expectedDurations } from './expected-durations.ts'

/**
 * `handler`: the one that would take the event; null: none here would. `skipped`: why nothing would be rebuilt at all; then
 * `builds` is empty.
 */
export type PlanPreview = {
  handler: string | null
  skipped: string | null
  builds: PlannedBuild[]
  considered: Consideration[]
  /** For a start now, together with everything that is open. */
  forecast: EventForecast
}

/**
 * Plans like a manual rebuild of the advisory once it has shipped (`now`: as it is), or of one that would have these RPMs. Only
 * reads, so it is safe to repeat. @throws UpstreamError when a service cannot be queried
 */
export function previewPlan(ctx: Context, whatIf: WhatIf): Promise<PlanPreview> {
  const { containerImages } = whatIf
  if ('errataId' in whatIf) return planOfAdvisory(ctx, whatIf)
  return planBy(ctx, rpmAdvisory, () => gatherForRpms(ctx, whatIf.rpms, containerImages))
}

async function planOfAdvisory(
  ctx: Context,
  whatIf: Extract<WhatIf, { errataId: number }>,
): Promise<PlanPreview> {
  const { errataId, now = false } = whatIf
  const { errata } = required(ctx.clients, 'errata')
  const type = await typeOfRequest(errata, errataId, { asShipped: !now })
  if (!type) return nothing(null, `The Errata Tool does not know advisory ${errataId}.`)
  const handler = handlerOfType(EVENT_TYPES[type])
  if (!handler) return nothing(null, `No handler here rebuilds images for ${type}.`)
  const event = previewEvent(ctx, type, whatIf)
  const rebuilt = await earlierRebuilds(ctx.db.fork(), event)
  const needsRpms = now && handler.needsComposes
  const error = async () => (needsRpms ? (await gatherAdvisoryFacts(ctx, [errataId])).advisoryError : null)
  return planBy(ctx, handler, () => handler.gather(ctx, event), { rebuilt, error })
}

/** Facts about an advisory: what events have rebuilt already, and why no image can be built now. */
type Known = { rebuilt: ReadonlyMap<string, EarlierRebuild>; error: () => Promise<string | null> }

async function planBy(
  ctx: Context,
  handler: Handler,
  gather: () => Promise<Findings>,
  known?: Known,
): Promise<PlanPreview> {
  const off = whyOff(handler, ctx.settings.env)
  if (off !== undefined) return nothing(handler.name, `${off}.`)
  try {
    const findings = await gather()
    const plan = planBuilds({
      nodes: findings.nodes,
      ...(await expectedDurations(ctx.db.fork(), findings.nodes)),
      ...(known && { rebuiltByDependencies: known.rebuilt }),
      error: findings.nodes.length > 0 ? await known?.error() : null,
      fixedRpms: findings.fixedRpms,
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
function previewEvent(
  ctx: Context,
  type: EventTypeName,
  {
    errataId,
    containerImages,
    dependsOn,
    again = false,
    now = false,
    dryRun = false,
  }: Extract<WhatIf, { errataId: number }>,
): EventRow & DiscoveryEvent {
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
    dryRun: dryRun || ctx.settings.env.DRY_RUN,
    requester: null,
    requestedRebuilds: containerImages.length > 0 ? containerImages.join(' ') : null,
    requesterMetadata: again ? JSON.stringify({ skip_rebuilt: false }) : null,
    manualTriggered: true,
    distGitBranch: null,
    brewTarget: null,
    dependsOn,
    asShipped: !now,
    trace: null,
  }
}
