/** How a task ended, and what it left behind (spec/freshmaker 8.5). */
import { calls } from './calls.ts'
import { readOne } from './checked.ts'
import { KojiFault } from './fault.ts'
import type { Reads } from './reads.ts'
import { childrenSchema, type TaskState, taskResultSchema, taskSchema } from './schema.ts'

/** `kojiBuildId` is null for scratch builds, which leave no build. `lost`: the hub knows no such task. */
export type TaskOutcome =
  | { kind: 'closed'; kojiBuildId: number | null }
  | { kind: 'failed'; fault: { code: number; text: string } }
  | { kind: 'canceled' }
  | { kind: 'running'; state: TaskState }
  | { kind: 'lost' }

/** Asks for the state and, when there is one, the result; safe to repeat. */
export async function readTaskOutcome(reads: Reads, taskId: number): Promise<TaskOutcome> {
  const task = await readOne(reads, calls.taskInfo(taskId), taskSchema)
  if (!task) return { kind: 'lost' }
  if (task.state === 'CANCELED') return { kind: 'canceled' }
  if (task.state === 'FAILED') return { kind: 'failed', fault: await readFault(reads, taskId) }
  if (task.state === 'CLOSED') return { kind: 'closed', kojiBuildId: await readBuildId(reads, taskId) }
  return { kind: 'running', state: task.state }
}

async function readFault(reads: Reads, taskId: number): Promise<{ code: number; text: string }> {
  const result = await readOne(reads, calls.taskResult(taskId), taskResultSchema)
  return 'faultCode' in result
    ? { code: result.faultCode, text: result.faultString }
    : { code: 0, text: `Task ${taskId} failed without saying why` }
}

/** Older builders work in child tasks, of which the first with a build counts; newer ones in the task itself. */
async function readBuildId(reads: Reads, taskId: number): Promise<number | null> {
  const children = await readOne(reads, calls.taskChildren(taskId), childrenSchema)
  const ids = await Promise.all(
    [...children.map(({ id }) => id), taskId].map((id) => readResultBuildId(reads, id)),
  )
  return ids.find((id) => id !== null) ?? null
}

async function readResultBuildId(reads: Reads, taskId: number): Promise<number | null> {
  try {
    const result = await readOne(reads, calls.taskResult(taskId), taskResultSchema)
    return ('koji_builds' in result && result.koji_builds?.at(-1)) || null
  } catch (error) {
    if (error instanceof KojiFault) return null // a child that was canceled or never finished
    throw error
  }
}
