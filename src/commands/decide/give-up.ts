/** Ends messages about a subject whose decisions could not be made, so that they can be replayed. */
import type { Context } from '../../context.ts'
import { failAttempted } from '../../db/queries/decisions/subjects.ts'
import { HANDLERS, isNews, meaningSchema } from '../../domain/message.ts'
import { ofHandler } from '../../lib/metrics.ts'
import { enqueueDecision } from './enqueue-decision.ts'

/** Messages that arrived after the last attempt get theirs. Safe to repeat. */
export async function giveUpSubject(ctx: Context, subjectId: number, reason: string): Promise<void> {
  for (const { meaning } of await failAttempted(ctx.db.fork(), subjectId, reason)) {
    const news = meaningSchema.safeParse(meaning).data
    const handler = news && isNews(news) ? HANDLERS[news.kind] : undefined
    ctx.metrics.count(ofHandler('messaging_rx_failed', handler))
  }
  await enqueueDecision(ctx, subjectId)
}
