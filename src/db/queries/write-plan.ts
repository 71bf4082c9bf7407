/** Writes the builds of a plan and the reason for every image that was looked at. */
import { toBuildArgsJson } from '../../domain/rebuild/build-args.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import type { PlannedBuild } from '../../domain/rebuild/plan.ts'
import { artifactTypeId, buildStateId, rebuildReasonId } from '../../domain/rebuild/states.ts'
import { ArtifactBuild, ConsideredImage } from '../entities/index.ts'
import type { EntityManager } from '../orm.ts'

const CHUNK = 1000

/** `builds` has parents before children. The caller holds the event's lock and has made sure that it has no builds. */
export async function writePlan(
  em: EntityManager,
  eventId: number,
  builds: readonly PlannedBuild[],
  considered: readonly Consideration[],
  now: Date,
): Promise<void> {
  const idOf = new Map<string, number>()
  for (const generation of generationsOf(builds)) {
    for (const chunk of chunks(generation)) {
      const ids = await em.insertMany(
        ArtifactBuild,
        chunk.map((build) => rowOf(build, eventId, idOf, now)),
      )
      for (const [index, build] of chunk.entries()) idOf.set(build.originalNvr, ids[index] ?? 0)
    }
  }
  const reasons = new Map(considered.map((image) => [image.nvr, image]))
  for (const chunk of chunks([...reasons.values()]))
    await em.insertMany(
      ConsideredImage,
      chunk.map((image) => ({ event: eventId, ...image, details: image.details ?? null })),
    )
}

function rowOf(build: PlannedBuild, event: number, idOf: ReadonlyMap<string, number>, now: Date) {
  const failed = build.state === 'FAILED'
  return {
    name: build.name,
    originalNvr: build.originalNvr,
    type: artifactTypeId('IMAGE'),
    state: buildStateId(build.state),
    stateReason: build.stateReason,
    timeSubmitted: now,
    timeCompleted: failed ? now : null,
    depOn: build.depOn === null ? null : (idOf.get(build.depOn) ?? null),
    event,
    buildArgs: JSON.stringify(toBuildArgsJson(build.buildArgs)),
    rebuildReason: rebuildReasonId(build.rebuildReason),
    remainingPathS: Math.round(build.remainingPathS),
  }
}

/** Builds whose parents all lie in an earlier group: a group can be inserted at once, its parents' ids are known. */
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

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, i) =>
    items.slice(i * CHUNK, (i + 1) * CHUNK),
  )
}
