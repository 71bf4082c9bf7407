/** Ends messages about a subject whose decisions could not be made, so that they can be replayed. */
import type { Context } from '../../context.ts'
import { forgetReleaseDecisions } from '../../db/queries/decisions/release-decisions.ts'
import { failAttempted } from '../../db/queries/decisions/subjects.ts'
import { isNews, meaningSchema, NEWS_SERVICES } from '../../domain/message.ts'
import { ofHandler } from '../../lib/metrics/counters.ts'
import { enqueueDecision } from './enqueue-decision.ts'

/** Messages that arrived after the last attempt get theirs. Safe to repeat. */
export async function giveUpSubject(ctx: Context, subjectId: number, reason: string): Promise<void> {
  const em = ctx.db.fork()
  await forgetReleaseDecisions(em, subjectId) // first: without a message that waits they would pass for current
  for (const { meaning } of await failAttempted(em, subjectId, reason)) {
    const news = meaningSchema.safeParse(meaning).data
    const handler = news && isNews(news) ? NEWS_SERVICES[news.kind] : undefined
    ctx.metrics.count(ofHandler('messaging_rx_failed', handler))
  }
  await enqueueDecision(ctx, subjectId)
}
