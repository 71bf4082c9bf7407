/** A dry run's submission: nothing leaves the process, the build gets a negative task that has already ended well. */
import type { Context } from '../../context.ts'
import { nextDryRunTaskId } from '../../db/queries/running-tasks.ts'
import type { ClaimedBuild } from '../../domain/rebuild/submit/claimed-build.ts'
import { afterCommit, applyFactIn } from '../transition/apply-fact.ts'

/** Safe to repeat: a build that is submitted takes no second task. */
export async function submitDryRun(ctx: Context, build: ClaimedBuild): Promise<void> {
  const { id: buildId, eventId, retryCount } = build
  const { applied, taskId } = await ctx.db.transaction(async (em) => {
    const taskId = await nextDryRunTaskId(em)
    const fact = { kind: 'task-submitted' as const, buildId, taskId, retryCount }
    return { taskId, applied: await applyFactIn(ctx, em, eventId, fact) }
  })
  await afterCommit(ctx, eventId, applied)
  await ctx.queues.enqueue('transition', { kind: 'task-reported', taskId })
}
