/** Queries the build system for every running task, for the ends that no message reported. */
import type { Context } from '../../context.ts'
import { runningTaskIds } from '../../db/queries/running-tasks.ts'
import { isFinalTaskState, type TaskState } from '../../domain/rebuild/task-state.ts'

/** Reads only; what it finds becomes reports for `transition`, which ignores what it already knows. `answered`: the service was queried and answered. */
export async function pollTasks(ctx: Context): Promise<{ answered: boolean }> {
  const { koji } = ctx.clients
  if (!koji) return { answered: false }
  const running = await runningTaskIds(ctx.db.fork())
  if (running.length === 0) return { answered: false }
  const tasks = await koji.taskInfos(running)
  const due = running.filter((id) => isDue(tasks.get(id)))
  ctx.log.debug({ running: running.length, due: due.length }, 'polled tasks')
  await ctx.queues.requeue(
    'transition',
    due.map((taskId) => ({ payload: { kind: 'task-reported' as const, taskId } })),
  )
  return { answered: true }
}

/**
 * `undefined`: its record cannot be read, which does not mean that it runs; `transition` looks at it by itself, and how
 * long that may go on is limited. `null`: the build system does not know it.
 */
function isDue(task: { state: TaskState } | null | undefined): boolean {
  return !task || isFinalTaskState(task.state)
}
