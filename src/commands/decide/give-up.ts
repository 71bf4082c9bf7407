/** Ends messages about a subject whose decisions could not be made, so that they can be replayed. */
import type { Context } from '../../context.ts'
import { forgetReleaseDecisions } from '../../db/queries/decisions/release-decisions.ts'
import { failAttempted } from '../../db/queries/decisions/subjects.ts'
import { isNews, meaningSchema, NEWS_SERVICES } from '../../domain/message.ts'
import { ofHandler } from '../../lib/metrics/counters.ts'
import { enqueueDecision } from './enqueue-decision.ts'

/** How far the clock of the database, by which messages are received, may differ from ours. */
const CLOCKS_DIFFER_MS = 60_000

/**
 * Messages that arrived after the last attempt get attempts of their own. `patienceS`: only messages that have waited for this many
 * seconds end, the rest keep waiting. Safe to repeat.
 */
export async function giveUpSubject(
  ctx: Context,
  subjectId: number,
  reason: string,
  patienceS = 0,
): Promise<void> {
  const em = ctx.db.fork()
  const until = new Date(ctx.now().getTime() - patienceS * 1000 + CLOCKS_DIFFER_MS)
  await forgetReleaseDecisions(em, subjectId) // first: without a message that waits they would pass for current
  for (const { meaning } of await failAttempted(em, subjectId, { reason, until })) {
    const news = meaningSchema.safeParse(meaning).data
    const handler = news && isNews(news) ? NEWS_SERVICES[news.kind] : undefined
    ctx.metrics.count(ofHandler('messaging_rx_failed', handler))
  }
  await enqueueDecision(ctx, subjectId)
}
