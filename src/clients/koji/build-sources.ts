/** Gathers the sources of many images in few requests: first all builds, then all tasks and archives. */
import type { BuildSource } from '../../domain/rebuild/images/image.ts'
import { type Candidate, judgeBuild, judgeSource, type NoSource, type SourceOptions } from './build-source.ts'
import { calls } from './hub/calls.ts'
import { readMany } from './hub/checked.ts'
import type { Reads } from './hub/reads.ts'
import { archivesSchema, buildSchema, taskRequestSchema } from './schema.ts'

/**
 * For each NVR its source, or the reason why it is unknown: a fault or an invalid answer for one NVR does not affect
 * the others. Rejects only when the hub cannot be reached.
 */
export async function gatherBuildSources(
  reads: Reads,
  nvrs: readonly string[],
  options: SourceOptions,
): Promise<Map<string, BuildSource | NoSource>> {
  const sources = new Map<string, BuildSource | NoSource>()
  const candidates: Candidate[] = []
  for (const [nvr, build] of await readMany(reads, [...new Set(nvrs)], calls.build, buildSchema)) {
    const verdict = judgeBuild(nvr, build, options)
    if ('error' in verdict) sources.set(nvr, verdict)
    else candidates.push(verdict)
  }
  const withArchives = options.supplyArchOverrides ? candidates : []
  const [requests, archives] = await Promise.all([
    readMany(reads, candidates, ({ taskId }) => calls.taskRequest(taskId), taskRequestSchema),
    readMany(reads, withArchives, ({ build }) => calls.imageArchives(build.id), archivesSchema),
  ])
  const archivesOf = new Map(archives)
  for (const [candidate, request] of requests) {
    sources.set(candidate.nvr, judgeSource(candidate, request, archivesOf.get(candidate)))
  }
  return sources
}
