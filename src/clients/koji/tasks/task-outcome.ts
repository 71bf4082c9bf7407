/** Reads how a task ended, and what it produced (behaviour/freshmaker 8.5). */
import type { TaskState } from '../../../domain/rebuild/task-state.ts'
import { isOfThing } from '../../../lib/errors.ts'
import { calls } from '../hub/calls.ts'
import { readOne } from '../hub/checked.ts'
import { KojiFault } from '../hub/fault.ts'
import type { Reads } from '../hub/reads.ts'
import { childrenSchema, type KojiTask, taskResultSchema, taskSchema } from '../schemas/tasks.ts'

/**
 * `kojiBuildId` is null for scratch builds, which produce no build. `seconds`: how long the task took by the hub's clock, as far as that is
 * known. `lost`: the hub does not know the task. `foreign`: the id belongs to another request: a hub that was restored from a
 * backup assigns ids again.
 */
export type TaskOutcome =
  | { kind: 'closed'; kojiBuildId: number | null; seconds: number | undefined }
  | { kind: 'failed'; fault: { code: number; text: string } }
  | { kind: 'canceled' }
  | { kind: 'running'; state: TaskState }
  | { kind: 'lost' }
  | { kind: 'foreign' }

type Single = Pick<Reads, 'one' | 'report'>

/**
 * Fetches the state and, in the same request, what a successful task has produced; safe to repeat. `release`: the one that was requested;
 * undefined: it is not compared.
 */
export async function readTaskOutcome(
  reads: Single,
  taskId: number,
  release: string | undefined,
): Promise<TaskOutcome> {
  const [task, kojiBuildId] = await Promise.allSettled([
    readOne(reads, calls.taskWithRequest(taskId), taskSchema),
    readBuildId(reads, taskId),
  ])
  const info = unpack(task)
  if (!info) return { kind: 'lost' }
  if (release !== undefined && isForeign(info, release)) return { kind: 'foreign' }
  if (info.state === 'CANCELED') return { kind: 'canceled' }
  if (info.state === 'FAILED') return { kind: 'failed', fault: await readFault(reads, taskId) }
  if (info.state === 'CLOSED')
    return { kind: 'closed', kojiBuildId: unpack(kojiBuildId), seconds: info.seconds }
  return { kind: 'running', state: info.state }
}

/** Whether the task certainly belongs to another request; parts that cannot be read prove nothing. */
function isForeign({ method, release: requested }: KojiTask, release: string): boolean {
  return (
    (method !== null && method !== 'buildContainer') || (requested !== undefined && requested !== release)
  )
}

/** A speculative request may fail; rethrow only when its result is needed. */
function unpack<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason
  return result.value
}

/** That it failed is known: a reason that the hub cannot decode, such as the output of a build with control characters, changes nothing. */
async function readFault(reads: Single, taskId: number): Promise<{ code: number; text: string }> {
  try {
    const result = await readOne(reads, calls.taskResult(taskId), taskResultSchema)
    return 'faultCode' in result
      ? { code: result.faultCode, text: result.faultString }
      : { code: 0, text: `Task ${taskId} failed without a reason` }
  } catch (error) {
    if (!isOfThing(error)) throw error
    return { code: 0, text: `Task ${taskId} failed; Koji cannot tell the reason: ${error.message}` }
  }
}

/**
 * Older builders work in child tasks, and the first child with a build counts; newer ones work in the task itself, whose build
 * needs no list of children.
 */
async function readBuildId(reads: Single, taskId: number): Promise<number | null> {
  const [children, own] = await Promise.all([readChildren(reads, taskId), readResultBuildId(reads, taskId)])
  if (children instanceof Error) {
    if (own === null) throw children
    return own
  }
  const ids = await Promise.all(children.map((id) => readResultBuildId(reads, id)))
  return ids.find((id) => id !== null) ?? own
}

/** Ids of the child tasks, or why they cannot be read. */
async function readChildren(reads: Single, taskId: number): Promise<number[] | Error> {
  try {
    const { read } = await readOne(reads, calls.taskChildren(taskId), childrenSchema)
    return read.map(({ id }) => id)
  } catch (error) {
    if (!isOfThing(error)) throw error
    return error
  }
}

async function readResultBuildId(reads: Single, taskId: number): Promise<number | null> {
  try {
    const result = await readOne(reads, calls.taskResult(taskId), taskResultSchema)
    return ('koji_builds' in result && result.koji_builds?.at(-1)) || null
  } catch (error) {
    if (error instanceof KojiFault && error.blame === 'thing') return null // a child that was canceled or never finished
    throw error
  }
}
