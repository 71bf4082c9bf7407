/** Queries the build system for every running task, for the ends that no message reported. */
import type { Report } from '../../../queues/payloads.ts'
import type { Context } from '../../context.ts'
import { runningTaskIds } from '../../db/queries/running-tasks.ts'

/** Koji's final task states; everything else still runs. */
const FINAL = ['CLOSED', 'FAILED', 'CANCELED'] as const
type Final = (typeof FINAL)[number]

/** Reads only; what it finds becomes reports for `transition`, which ignores what it already knows. */
export async function pollTasks(ctx: Context): Promise<void> {
  const { koji } = ctx.clients
  if (!koji) return
  const running = await runningTaskIds(ctx.db.fork())
  if (running.length === 0) return
  const tasks = await koji.taskInfos(running)
  const reports = running.flatMap((id) => reportOf(id, tasks.get(id)) ?? [])
  ctx.log.debug({ running: running.length, ended: reports.length }, 'polled tasks')
  await ctx.queues.requeue(
    'transition',
    reports.map((payload) => ({ payload })),
  )
}

/** `undefined` in: no answer about this task; `null`: the build system does not know it. */
function reportOf(taskId: number, task: { state: string } | null | undefined): Report | undefined {
  if (task === undefined) return undefined
  if (task === null) return { kind: 'task-lost', taskId }
  return isFinal(task.state) ? { kind: 'task-ended', taskId, state: task.state } : undefined
}

function isFinal(state: string): state is Final {
  return (FINAL as readonly string[]).includes(state)
}
