/** Asks the build system about every running task, for the ends that the bus did not tell. */
import type { TransitionPayload } from '../../../queues/catalog.ts'
import type { Context } from '../../context.ts'

/** Koji's final task states; everything else still runs. */
const FINAL = ['CLOSED', 'FAILED', 'CANCELED'] as const
type Final = (typeof FINAL)[number]

/** Reads only; what it finds becomes facts for `transition`, which ignores those it already knows. */
export async function pollTasks(ctx: Context): Promise<void> {
  const { koji } = ctx.clients
  if (!koji) return
  const running = await ctx.db
    .fork()
    .execute<{ id: number }[]>(
      'select build_id as id from artifact_builds where state = 0 and build_id > 0 order by 1',
    )
  if (running.length === 0) return
  const tasks = await koji.taskInfos(running.map(({ id }) => id))
  const facts = running.flatMap(({ id }) => factOf(id, tasks.get(id)) ?? [])
  ctx.log.debug({ running: running.length, ended: facts.length }, 'polled')
  await ctx.queues.remind(
    'transition',
    facts.map((payload) => ({ payload })),
  )
}

function factOf(taskId: number, task: { state: string } | null | undefined): TransitionPayload | undefined {
  if (task === undefined) return undefined
  if (task === null) return { kind: 'task-lost', taskId }
  return isFinal(task.state) ? { kind: 'task-ended', taskId, state: task.state } : undefined
}

function isFinal(state: string): state is Final {
  return (FINAL as readonly string[]).includes(state)
}
