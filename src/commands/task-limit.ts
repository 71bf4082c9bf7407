/** The limit on tasks that run at a time, over all and for each target, so that the build system is not flooded. */
import type { Context } from '../context.ts'
import { lockUntilCommit } from '../db/locks.ts'
import type { EntityManager } from '../db/orm.ts'
import { readyAmong } from '../db/queries/due-work.ts'
import { NO_TARGET, readyBuilds, tasksInFlightByTarget } from '../db/queries/running-tasks.ts'
import { enqueueBuilds, submitJob } from './enqueue-builds.ts'

/** Builds woken beyond the room there is, because some of those woken may not be able to use a slot yet. */
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
  return builds.map(({ target }) => {
    if (!isRoomOn(target, limits, onTargets)) return false
    onTargets.set(target ?? NO_TARGET, (onTargets.get(target ?? NO_TARGET) ?? 0) + 1)
    return true
  })
}

/** Builds without a target have no limit for each target. */
function isRoomOn(
  target: string | null,
  limits: TaskLimits,
  onTargets: ReadonlyMap<string, number>,
): boolean {
  const onTarget = target === null ? 0 : (onTargets.get(target) ?? 0)
  return sum(onTargets) < limits.all && onTarget < limits.eachTarget
}

/**
 * After tasks ended: enqueues as many ready builds as there is room for, in all and on each target, longest remaining path first.
 * `isGivenBack`: the slot comes from a build that is ready but has to wait, which may be the first of them.
 */
export async function wakeForRoom(ctx: Context, { isGivenBack = false } = {}): Promise<void> {
  const limits = taskLimits(ctx)
  if (!limits) return
  const em = ctx.db.fork()
  const now = ctx.now()
  const onTargets = await tasksInFlightByTarget(em, now)
  const hasTargets = limits.eachTarget < Infinity
  const spare = isGivenBack || hasTargets ? SPARE : 0
  const limit = Math.min(limits.all - sum(onTargets), MAX_WOKEN) + spare
  const roomOn = hasTargets ? { used: onTargets, each: limits.eachTarget, spare } : null
  if (limit > 0) await enqueueBuilds(ctx, await readyBuilds(em, { limit, roomOn, now }))
}

/** Enqueues a build whose job has just ended, if it is ready and there is room for it by now. Safe to repeat. */
export async function wakeAgain(ctx: Context, buildId: number): Promise<void> {
  const em = ctx.db.fork()
  const [build] = await readyAmong(em, [buildId])
  if (!build) return
  const limits = taskLimits(ctx)
  const hasRoom = !limits || isRoomOn(build.target, limits, await tasksInFlightByTarget(em, ctx.now()))
  if (hasRoom) await ctx.queues.enqueueAll('submit', [submitJob(build, ctx.now())])
}

type TaskLimits = { all: number; eachTarget: number }

/** The limits in force; undefined: there is none. */
export function taskLimits(ctx: Pick<Context, 'settings'>): TaskLimits | undefined {
  const { max_tasks_in_flight: all, max_tasks_in_flight_per_target: eachTarget } = ctx.settings.file
  return all || eachTarget ? { all: all || Infinity, eachTarget: eachTarget || Infinity } : undefined
}

function sum(tasks: ReadonlyMap<string, number>): number {
  return tasks.values().reduce((total, number) => total + number, 0)
}
