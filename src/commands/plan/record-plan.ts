/** Turns an event's findings into builds: planned purely, recorded in one transaction with the event's new state. */
import type { Context } from '../../context.ts'
import type { EventRow } from '../../db/entities/index.ts'
import { findEvent, lockInitialized } from '../../db/queries/events.ts'
import { writeComposeRequests } from '../../db/queries/planning/compose-requests.ts'
import { earlierRebuilds } from '../../db/queries/planning/event-dependencies.ts'
import { readFindings } from '../../db/queries/planning/findings.ts'
import { resumptionOf } from '../../db/queries/planning/resumptions.ts'
import { writePlan } from '../../db/queries/planning/write-plan.ts'
import { eventStateId } from '../../domain/event.ts'
import { compilePython } from '../../domain/python/pattern.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { type ComposeFacts, composeNeeds } from '../../domain/rebuild/plan/compose-needs.ts'
import type { PlanNode } from '../../domain/rebuild/plan/graph.ts'
import { type Plan, type PlanInput, type PlannedBuild, planBuilds } from '../../domain/rebuild/plan/plan.ts'
import { markSpan } from '../../lib/tracing/span.ts'
import { writeOutbox } from '../publish/write-outbox.ts'
import { type Applied, afterCommit, applyFactIn } from '../transition/apply-fact.ts'
import { expectedDurations } from './expected-durations.ts'

/** Safe to repeat: under the event's lock, only an event that is still INITIALIZED gets builds. */
export async function recordPlan(ctx: Context, eventId: number): Promise<void> {
  const event = await findEvent(ctx.db.fork(), eventId)
  if (event?.state !== eventStateId('INITIALIZED')) return
  const findings = await readFindings<Consideration>(ctx.db.fork(), eventId)
  if (!findings) return ctx.queues.enqueue('discover', { eventId })
  const { nodes, fixedRpms } = findings
  // Without the RPMs of an advisory that is not shipped no image of the event can be built.
  const error = findings.composes?.advisoryError ?? null
  const resumption = await resumptionOf(ctx.db.fork(), eventId)
  const releasesMerged = (resumption?.builds.length ?? 0) > 0
  const plan = await planNodes(ctx, event, { nodes, fixedRpms, releasesMerged, error })
  const needs = needsOf(ctx, nodes, plan.builds, findings.composes)
  const applied = await ctx.db.transaction(async (em): Promise<Applied | undefined> => {
    if (!(await lockInitialized(em, eventId))) return undefined
    const failures = await writePlan(em, eventId, {
      builds: plan.builds,
      considered: [...findings.considered, ...plan.considered],
      now: ctx.now(),
      overridesUrl: (buildId) => `${ctx.settings.env.PUBLIC_URL}/api/2/pullspec_overrides/${buildId}`,
      traceOf: ({ originalNvr }) =>
        markSpan({ name: 'build', attributes: { 'freshwave.build.original_nvr': originalNvr } }),
    })
    await writeComposeRequests(em, eventId, needs)
    // A build that cannot be built is reported like every other that fails, before its event.
    await writeOutbox(ctx, em, eventId, failures)
    const { whenEmpty } = findings
    const recorded = { kind: 'plan-recorded' as const, whenEmpty, resumes: resumption?.resumes }
    const applied = await applyFactIn(ctx, em, eventId, recorded)
    return { ...applied, changes: [...failures, ...applied.changes] }
  })
  if (applied) await afterCommit(ctx, eventId, applied)
}

/** Plans with the durations of earlier builds and the images that other events have already rebuilt. */
async function planNodes(
  ctx: Context,
  event: Pick<EventRow, 'id' | 'searchKey' | 'dryRun'>,
  { nodes, ...known }: Pick<PlanInput, 'nodes' | 'fixedRpms' | 'releasesMerged' | 'error'>,
): Promise<Plan> {
  const em = ctx.db.fork()
  const durations = await expectedDurations(em, nodes)
  const rebuilt = await earlierRebuilds(em, event)
  const started = performance.now()
  const { container_released_dependencies_only: releasedDependenciesOnly } = ctx.settings.file
  const plan = planBuilds({
    nodes,
    ...known,
    ...durations,
    rebuiltByDependencies: rebuilt,
    releasedDependenciesOnly,
  })
  const ms = Math.round(performance.now() - started)
  ctx.log.info({ event: event.id, images: nodes.length, builds: plan.builds.length, ms }, 'planned')
  return plan
}

/** Composes of the builds that will be submitted. */
function needsOf(
  ctx: Context,
  nodes: PlanNode[],
  builds: readonly PlannedBuild[],
  facts: ComposeFacts | null,
) {
  const { exclude_content_sets_pattern: pattern, odcs_sigkeys: sigkeys } = ctx.settings.file
  const wanted = ctx.clients.odcs ? facts : null
  const rules = { excludeContentSets: compilePython(pattern), sigkeys }
  const planned = new Map(builds.map((build) => [build.originalNvr, build]))
  return nodes.flatMap((node) => {
    const { image } = node
    const build = planned.get(image.nvr)
    if (build?.state !== 'PLANNED') return []
    const inPlan = { ...node, image: { ...image, contentSets: [...build.contentSets] } }
    return composeNeeds(inPlan, wanted, rules).map((need) => ({ nvr: image.nvr, need }))
  })
}
