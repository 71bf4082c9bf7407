/** Finds out which dist-git branch builds were made from, for many at once (behaviour/freshmaker 6.6). */
import type { BuildBranch } from '../../domain/rebuild/discover/named-release.ts'
import { calls } from './hub/calls.ts'
import { readMany, throwTrouble } from './hub/checked.ts'
import { KojiFault } from './hub/fault.ts'
import type { Reads } from './hub/reads.ts'
import { buildSchema } from './schemas/builds.ts'
import { taskRequestSchema } from './schemas/tasks.ts'

/**
 * By NVR. A refusal or an odd answer about one build does not affect the others. Rejects when the hub or our account is in trouble,
 * for then nothing is known of them.
 */
export async function readBuildBranches(
  reads: Reads,
  nvrs: readonly string[],
): Promise<Map<string, BuildBranch>> {
  const branches = new Map<string, BuildBranch>()
  const tasks: { nvr: string; taskId: number }[] = []
  const builds = await readMany(reads, [...new Set(nvrs)], calls.build, buildSchema)
  for (const [nvr, build] of throwTrouble(builds)) {
    if (!build.ok) branches.set(nvr, withoutBranch(build.error))
    else if (!build.value) branches.set(nvr, { none: 'the build system does not know it' })
    else if (build.value.taskId === null) branches.set(nvr, { none: 'no task of the build system built it' })
    else tasks.push({ nvr, taskId: build.value.taskId })
  }
  const requests = await readMany(reads, tasks, ({ taskId }) => calls.taskRequest(taskId), taskRequestSchema)
  for (const [{ nvr }, request] of throwTrouble(requests))
    branches.set(nvr, request.ok ? { branch: request.value.branch } : withoutBranch(request.error))
  return branches
}

function withoutBranch(error: Error): BuildBranch {
  if (error instanceof KojiFault) return { none: `the build system refuses to show it: ${error.text}` }
  return { unreadable: `its record in the build system cannot be read: ${error.message}` }
}
