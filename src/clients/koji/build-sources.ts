/** Gathers the sources of many images in few requests: all their builds, then all tasks, archives and parents without a name. */
import type { BuildSource } from '../../domain/rebuild/images/image.ts'
import { type Candidate, judgeBuild, judgeSource, type NoSource, type SourceOptions } from './build-source.ts'
import { calls } from './hub/calls.ts'
import { readMany, throwTrouble } from './hub/checked.ts'
import type { Reads } from './hub/reads.ts'
import { buildSchema } from './schemas/builds.ts'
import { archivesSchema } from './schemas/contents.ts'
import { taskRequestSchema } from './schemas/tasks.ts'

/**
 * For each NVR where it was built from, or the text why that is not known: a fault or an odd answer about one of them does not
 * affect the others. Rejects when the hub or our account is in trouble, for then nothing is known of them.
 */
export async function gatherBuildSources(
  reads: Reads,
  nvrs: readonly string[],
  options: SourceOptions,
): Promise<Map<string, BuildSource | NoSource>> {
  const sources = new Map<string, BuildSource | NoSource>()
  const candidates: Candidate[] = []
  for (const [nvr, build] of throwTrouble(
    await readMany(reads, [...new Set(nvrs)], calls.build, buildSchema),
  )) {
    const verdict = judgeBuild(nvr, build, options)
    if ('error' in verdict) sources.set(nvr, verdict)
    else candidates.push(verdict)
  }
  const withArchives = options.supplyArchOverrides ? candidates : []
  const unnamed = candidates.flatMap(({ build: { parent } }) => (parent?.nvr === null && parent.id) || [])
  const [requests, archives, parents] = await Promise.all([
    readMany(reads, candidates, ({ taskId }) => calls.taskRequest(taskId), taskRequestSchema),
    readMany(reads, withArchives, ({ build }) => calls.imageArchives(build.id), archivesSchema),
    readMany(reads, [...new Set(unnamed)], calls.build, buildSchema),
  ])
  const archivesOf = new Map(throwTrouble(archives))
  const parentOf = new Map(throwTrouble(parents))
  for (const [candidate, request] of throwTrouble(requests)) {
    const parent = parentOf.get(candidate.build.parent?.id ?? 0)
    sources.set(
      candidate.nvr,
      judgeSource(candidate, { request, archives: archivesOf.get(candidate), parent }),
    )
  }
  return sources
}
