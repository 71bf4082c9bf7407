/** Enqueues the decision on a subject once for all messages about it that wait and were not attempted yet. */
import type { Context } from '../../context.ts'
import { firstUnattempted } from '../../db/queries/decisions/subjects.ts'

/**
 * The job is named by the first of these messages, so those that join it while it waits add no job. Called when a message
 * joins and again when a run ends: one that joined too late for a run gets a job either way. Safe to repeat.
 */
export async function enqueueDecision(ctx: Pick<Context, 'db' | 'queues'>, subjectId: number): Promise<void> {
  const inboxId = await firstUnattempted(ctx.db.fork(), subjectId)
  if (inboxId !== undefined) await ctx.queues.enqueue('decide', { subjectId, inboxId })
}
