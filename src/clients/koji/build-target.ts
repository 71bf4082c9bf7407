/** Finds the target that a build was made for (behaviour/greenwave 2.5). */
import type { ZodType } from 'zod'
import { calls } from './hub/calls.ts'
import { readMany } from './hub/checked.ts'
import { FAULT, isFault } from './hub/fault.ts'
import type { Reads } from './hub/reads.ts'
import type { Call } from './hub/transport.ts'
import { buildTaskSchema } from './schemas/builds.ts'
import { requestedTargetSchema } from './schemas/tasks.ts'

/**
 * `reportedTaskId`: the task of the build, if that is known already. null: the hub has no such build or task, or the request of
 * the task has no target. Rejects with `KojiFault` or `UpstreamError`.
 */
export async function readBuildTarget(
  reads: Reads,
  nvr: string,
  reportedTaskId: number | null,
): Promise<string | null> {
  const taskId = reportedTaskId ?? (await read(reads, calls.build(nvr), buildTaskSchema))
  return taskId ? await read(reads, calls.taskRequest(taskId), requestedTargetSchema) : null
}

/** null also for what the hub does not know (fault 1000). */
async function read<T>(reads: Reads, call: Call, schema: ZodType<T>): Promise<T | null> {
  const [found] = await readMany(reads, [call], (item) => item, schema)
  const result = found?.[1]
  if (!result || (!result.ok && isFault(result.error, FAULT.generic))) return null
  if (!result.ok) throw result.error
  return result.value
}
