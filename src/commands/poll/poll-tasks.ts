/** Queries the build system for every running task, for the ends that no message reported. */
import type { KojiClient } from '../../clients/koji/client.ts'
import type { Context } from '../../context.ts'
import { runningTaskIds } from '../../db/queries/running-tasks.ts'
import { isFinalTaskState, type TaskState } from '../../domain/rebuild/task-state.ts'
import { chunksOf } from '../../lib/async/batch.ts'

/** Max tasks in one request; a failed request does not affect the others. */
const TASKS_TOGETHER = 250

/**
 * Reads only; what it finds becomes reports for `transition`, which ignores what it already knows. `answered`: the service was
 * queried and answered.
 * @throws the trouble of the first request that failed, after what the others found is reported; the next poll looks at all again
 */
export async function pollTasks(ctx: Context): Promise<{ answered: boolean }> {
  const { koji } = ctx.clients
  if (!koji) return { answered: false }
  const running = await runningTaskIds(ctx.db.fork())
  if (running.length === 0) return { answered: false }
  const looks = await Promise.allSettled(
    chunksOf(running, TASKS_TOGETHER).map((taskIds) => reportEnds(ctx, koji, taskIds)),
  )
  for (const look of looks) if (look.status === 'rejected') throw look.reason
  return { answered: true }
}

async function reportEnds(ctx: Context, koji: KojiClient, taskIds: readonly number[]): Promise<void> {
  const tasks = await koji.taskInfos(taskIds)
  const due = taskIds.filter((id) => isDue(tasks.get(id)))
  ctx.log.debug({ running: taskIds.length, due: due.length }, 'polled tasks')
  await ctx.queues.requeue(
    'transition',
    due.map((taskId) => ({ payload: { kind: 'task-reported' as const, taskId } })),
  )
}

/**
 * `undefined`: its record cannot be read, which does not mean that it runs; `transition` looks at it by itself, and how
 * long that may continue is limited. `null`: the build system does not know it.
 */
function isDue(task: { state: TaskState } | null | undefined): boolean {
  return !task || isFinalTaskState(task.state)
}
