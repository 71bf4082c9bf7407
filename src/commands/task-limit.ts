/** The limit on tasks that run at a time, over all and for each target, so that the build system is not flooded. */
import type { Context } from '../context.ts'
import { lockUntilCommit } from '../db/locks.ts'
import type { EntityManager } from '../db/orm.ts'
import { countTasksInFlight, readyBuilds } from '../db/queries/running-tasks.ts'
import { enqueueBuilds } from './enqueue-builds.ts'

/** Some of those woken may find their target full, so a few more are woken than there is room for. */
const SPARE = 20
const MAX_WOKEN = 100

/** Whether one more task may run; call it inside the transaction that claims it: no two of these overlap. */
export async function hasRoom(
  ctx: Context,
  em: EntityManager,
  buildId: number,
  target: string | null,
): Promise<boolean> {
  const limits = taskLimits(ctx)
  if (!limits) return true
  await lockUntilCommit(em, 'taskLimit')
  const { total, onTarget } = await countTasksInFlight(em, { except: buildId, target, now: ctx.now() })
  return total < limits.all && onTarget < limits.eachTarget
}

/** After tasks ended: enqueues as many ready builds as there is room for, longest remaining path first. */
export async function wakeForRoom(ctx: Context): Promise<void> {
  const limits = taskLimits(ctx)
  if (!limits) return
  const em = ctx.db.fork()
  const now = ctx.now()
  const { total } = await countTasksInFlight(em, { except: 0, target: null, now })
  const room = Math.min(limits.all - total, MAX_WOKEN) + (limits.eachTarget < Infinity ? SPARE : 0)
  if (room > 0) await enqueueBuilds(ctx, await readyBuilds(em, room, now))
}

/** The limits in force; undefined: there is none. */
export function taskLimits(ctx: Pick<Context, 'settings'>): { all: number; eachTarget: number } | undefined {
  const { max_tasks_in_flight: all, max_tasks_in_flight_per_target: eachTarget } = ctx.settings.file
  return all || eachTarget ? { all: all || Infinity, eachTarget: eachTarget || Infinity } : undefined
}
