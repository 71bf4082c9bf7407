/** The limit on tasks that run at a time, over all and for each target, so that the build system is not flooded. */
import type { Context } from '../context.ts'
import { lockUntilCommit } from '../db/locks.ts'
import type { EntityManager } from '../db/orm.ts'
import { readyBuilds, tasksInFlightByTarget } from '../db/queries/running-tasks.ts'
import { enqueueBuilds } from './enqueue-builds.ts'

/** Some of those woken may fill the target of others, or not be able to use a slot yet: a few more are woken than there is room for. */
const SPARE = 20
const MAX_WOKEN = 100

/**
 * Which of these builds may have a task too, the first ones first; call it inside the transaction that claims them: no two of these
 * overlap.
 */
export async function takeRoom(
  ctx: Context,
  em: EntityManager,
  builds: readonly { target: string | null }[],
): Promise<boolean[]> {
  const limits = taskLimits(ctx)
  if (!limits || builds.length === 0) return builds.map(() => true)
  await lockUntilCommit(em, 'taskLimit')
  const onTargets = await tasksInFlightByTarget(em, ctx.now())
  let total = sum(onTargets)
  return builds.map(({ target }) => {
    const onTarget = target === null ? 0 : (onTargets.get(target) ?? 0) // no limit for builds without a target
    if (total >= limits.all || onTarget >= limits.eachTarget) return false
    total += 1
    if (target !== null) onTargets.set(target, onTarget + 1)
    return true
  })
}

/**
 * After tasks ended: enqueues as many ready builds as there is room for, longest remaining path first, none whose target is full.
 * `isGivenBack`: the slot comes from a build that is ready but has to wait, which may be the first of them.
 */
export async function wakeForRoom(ctx: Context, { isGivenBack = false } = {}): Promise<void> {
  const limits = taskLimits(ctx)
  if (!limits) return
  const em = ctx.db.fork()
  const now = ctx.now()
  const onTargets = await tasksInFlightByTarget(em, now)
  const spare = isGivenBack || limits.eachTarget < Infinity ? SPARE : 0
  const room = Math.min(limits.all - sum(onTargets), MAX_WOKEN) + spare
  const full = [...onTargets].flatMap(([target, tasks]) =>
    target !== '' && tasks >= limits.eachTarget ? [target] : [],
  )
  if (room > 0) await enqueueBuilds(ctx, await readyBuilds(em, { limit: room, full, now }))
}

/** The limits in force; undefined: there is none. */
export function taskLimits(ctx: Pick<Context, 'settings'>): { all: number; eachTarget: number } | undefined {
  const { max_tasks_in_flight: all, max_tasks_in_flight_per_target: eachTarget } = ctx.settings.file
  return all || eachTarget ? { all: all || Infinity, eachTarget: eachTarget || Infinity } : undefined
}

function sum(tasks: ReadonlyMap<string, number>): number {
  return tasks.values().reduce((total, number) => total + number, 0)
}
