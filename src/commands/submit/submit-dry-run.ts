/** A dry run's submission: nothing leaves the process, the build gets a negative task that has already ended well. */
import type { Context } from '../../context.ts'
import { afterCommit, applyFactIn } from '../transition/apply-fact.ts'
import type { ClaimedBuild } from './build-claim.ts'

/** Serialises the choice of the next free number between processes; any number no other lock takes. */
const LOCK = 7_246_002

/**
 * Task ids lie below every one in use, the first one ever is -2 (behaviour/freshmaker 8.6). Repeating is safe: the build
 * is submitted then and takes no second task.
 */
export async function submitDry(ctx: Context, build: ClaimedBuild): Promise<void> {
  const { id: buildId, eventId, retryCount } = build
  const { applied, taskId } = await ctx.db.transaction(async (em) => {
    await em.execute('select pg_advisory_xact_lock(?)', [LOCK])
    const sql = 'select least(-1, min(build_id)) - 1 as "taskId" from artifact_builds'
    const [row] = await em.execute<{ taskId: number }[]>(sql)
    const taskId = row?.taskId ?? -2
    const fact = { kind: 'task-submitted' as const, buildId, taskId, retryCount }
    return { taskId, applied: await applyFactIn(ctx, em, eventId, fact) }
  })
  await afterCommit(ctx, eventId, applied)
  await ctx.queues.enqueue('transition', { kind: 'task-ended', taskId, state: 'CLOSED' })
}
