/** Writes the builds of a plan and the reason for every image that was considered. */

import type { Trace } from '../../../domain/message.ts'
import type { Consideration } from '../../../domain/rebuild/consideration.ts'
import type { PlannedBuild } from '../../../domain/rebuild/plan/plan.ts'
import { artifactTypeId, buildStateId, rebuildReasonId } from '../../../domain/rebuild/states.ts'
import { toBuildArgsJson } from '../../../domain/rebuild/submit/build-args.ts'
import { toOverridesJson } from '../../../domain/rebuild/submit/pullspec-overrides.ts'
import type { BuildChange } from '../../../domain/rebuild/transition/facts.ts'
import { chunksOf } from '../../../lib/async/batch.ts'
import { shortened } from '../../../lib/shortened.ts'
import { indexableText, storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'

const CHUNK = 1000

const BUILDS = `
  insert into artifact_builds (name, original_nvr, type, state, state_reason, time_submitted, time_completed, dep_on_id,
                               event_id, build_args, bundle_pullspec_overrides, target, rebuild_reason, remaining_path_s,
                               rpms_to_fix, original_arches, trace)
  select b.* from jsonb_to_recordset(?::jsonb) as b (
    name text, original_nvr text, type int, state int, state_reason text, time_submitted timestamptz,
    time_completed timestamptz, dep_on_id int, event_id int, build_args text, bundle_pullspec_overrides text, target text,
    rebuild_reason int, remaining_path_s int, rpms_to_fix jsonb, original_arches jsonb,
    trace jsonb)
  returning id, original_nvr as nvr`

const BUNDLE_ARGS = `
  update artifact_builds b set build_args = u.args from jsonb_to_recordset(?::jsonb) as u (id int, args text) where b.id = u.id`

const REASONS = `
  insert into considered_images (event_id, nvr, outcome, rule, reason, details)
  select ?::int, i.* from jsonb_to_recordset(?::jsonb) as i (nvr text, outcome text, rule text, reason text, details jsonb)
  on conflict (event_id, nvr) do nothing`

/** Address where the build system finds the pullspec overrides of a build. */
type OverridesUrl = (buildId: number) => string

type NewPlan = {
  /** Parents before children. */
  builds: readonly PlannedBuild[]
  considered: readonly Consideration[]
  now: Date
  overridesUrl: OverridesUrl
  /** The span of a new build; null where nothing is traced. */
  traceOf: (build: PlannedBuild) => Trace | null
}

/**
 * Stores a plan. The caller holds the event's lock and has made sure that it has no builds.
 * @returns the changes of the builds that cannot be built and are stored as FAILED, children before their parents
 */
export async function writePlan(
  em: EntityManager,
  eventId: number,
  { builds, considered, now, overridesUrl, traceOf }: NewPlan,
): Promise<BuildChange[]> {
  const idOf = new Map<string, number>()
  for (const generation of generationsOf(builds)) {
    for (const chunk of chunksOf(generation, CHUNK)) {
      const rows = chunk.map((build) => ({ ...rowOf(build, eventId, idOf, now), trace: traceOf(build) }))
      const inserted = await em.execute<{ id: number; nvr: string }[]>(BUILDS, [storableJson(rows)])
      for (const { id, nvr } of inserted) idOf.set(nvr, id)
      await addBundleUrls(em, chunk, idOf, overridesUrl)
    }
  }
  const named = considered.map(({ nvr, reason, ...image }) => ({
    ...image,
    nvr: indexableText(nvr),
    reason: shortened(reason),
  }))
  const reasons = new Map(named.map((image) => [image.nvr, image]))
  for (const chunk of chunksOf([...reasons.values()], CHUNK))
    await em.execute(REASONS, [eventId, storableJson(chunk)])
  return builds.toReversed().flatMap((build) => failureOf(build, idOf))
}

function failureOf(build: PlannedBuild, idOf: ReadonlyMap<string, number>): BuildChange[] {
  const id = idOf.get(build.originalNvr)
  if (build.state !== 'FAILED' || id === undefined) return []
  return [{ target: 'build', id, from: 'PLANNED', to: 'FAILED', reason: build.stateReason, patch: {} }]
}

/** The address contains the id of the build, which is known only now. */
async function addBundleUrls(
  em: EntityManager,
  builds: readonly PlannedBuild[],
  idOf: ReadonlyMap<string, number>,
  overridesUrl: OverridesUrl,
): Promise<void> {
  const rows = builds.flatMap(({ originalNvr, pullspecOverrides, buildArgs }) => {
    const id = pullspecOverrides && idOf.get(originalNvr)
    if (!id) return []
    const operatorCsvModificationsUrl = overridesUrl(id)
    return [{ id, args: storableJson(toBuildArgsJson({ ...buildArgs, operatorCsvModificationsUrl })) }]
  })
  if (rows.length > 0) await em.execute(BUNDLE_ARGS, [JSON.stringify(rows)])
}

function rowOf(build: PlannedBuild, eventId: number, idOf: ReadonlyMap<string, number>, now: Date) {
  return {
    name: build.name,
    original_nvr: build.originalNvr,
    type: artifactTypeId('IMAGE'),
    state: buildStateId(build.state),
    state_reason: build.stateReason && shortened(build.stateReason),
    time_submitted: now,
    time_completed: build.state === 'FAILED' ? now : null,
    dep_on_id: build.depOn === null ? null : idOf.get(build.depOn),
    event_id: eventId,
    build_args: storableJson(toBuildArgsJson(build.buildArgs)),
    bundle_pullspec_overrides:
      build.pullspecOverrides && storableJson(toOverridesJson(build.pullspecOverrides)),
    target: build.buildArgs.target,
    rebuild_reason: rebuildReasonId(build.rebuildReason),
    remaining_path_s: Math.round(build.remainingPathS),
    rpms_to_fix: build.rpmsToFix,
    original_arches: build.originalArches,
  }
}

/** Groups of builds whose parents are all in earlier groups: each can be inserted at once, since the ids of its parents are known. */
function generationsOf(builds: readonly PlannedBuild[]): PlannedBuild[][] {
  const depthOf = new Map<string, number>()
  const generations: PlannedBuild[][] = []
  for (const build of builds) {
    const depth = build.depOn === null ? 0 : (depthOf.get(build.depOn) ?? 0) + 1
    depthOf.set(build.originalNvr, depth)
    generations[depth] ??= []
    generations[depth].push(build)
  }
  return generations
}
