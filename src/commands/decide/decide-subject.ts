/** Decides on a subject again after messages about it, and publishes what has changed (behaviour/greenwave 6.4, decision 0035). */
import { handlerOf } from '../../bus/messages/routes.ts'
import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import { forgetReleaseDecisions } from '../../db/queries/decisions/release-decisions.ts'
import { subjectState, type WaitingMessage } from '../../db/queries/decisions/stored-decisions.ts'
import { recordAttempt } from '../../db/queries/decisions/subjects.ts'
import { endInboxRow } from '../../db/queries/messages/inbox.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import { subjectTypeNamed } from '../../domain/gate/subject/subject-type.ts'
import { isNews, meaningSchema, NEWS_SERVICES } from '../../domain/message.ts'
import { messageOf } from '../../lib/errors.ts'
import { ofHandler } from '../../lib/metrics/counters.ts'
import { type DecisionTools, decideOthers } from './decide-others.ts'
import { enqueueDecision } from './enqueue-decision.ts'
import type { WaitingNews } from './find-pairs.ts'
import { judgeChanges } from './judge-changes.ts'
import { recordDecisions } from './record-decisions.ts'

const UNREADABLE = 'The stored meaning cannot be read.'

/**
 * Decides for all messages about the subject that wait, together. Safe to repeat and to run concurrently: of two runs that read
 * the same state, one stores its decisions and the other starts over. Rejects with the trouble of a service after storing every decision
 * that did not need it; the messages that did keep waiting.
 */
export async function decideSubject(
  ctx: Context,
  { gate, publish }: DecisionTools,
  subjectId: number,
): Promise<void> {
  while (!(await decideOnce(ctx, { gate, publish }, subjectId)));
  await enqueueDecision(ctx, subjectId)
}

/** @returns false when another run has stored decisions meanwhile, so that these may be older ones */
async function decideOnce(
  ctx: Context,
  { gate, publish }: DecisionTools,
  subjectId: number,
): Promise<boolean> {
  const em = ctx.db.fork()
  const state = await subjectState(em, subjectId)
  const waiting = state ? await readNews(ctx, em, subjectId, state.waiting) : []
  if (!state || waiting.length === 0) return true
  let open = waiting
  try {
    gate.forgetSubject(state.identifier)
    const type = subjectTypeNamed(gate.policies().subjectTypes, state.type)
    const subject: Subject = { type, identifier: state.identifier }
    const judgedBy = gate.judgedBy()
    const { held, ...outcome } = await judgeChanges(ctx, gate, { subject, state, waiting })
    for (const [id, error] of await decideOthers(ctx, { gate, publish }, subject, waiting))
      held.set(id, error)
    const ended = waiting.filter(({ id }) => !held.has(id))
    const ids = ended.map(({ id }) => id)
    const decisions = { subjectId, subject, state, ...outcome, judgedBy, ended: ids }
    if (!(await recordDecisions(ctx, publish, decisions))) return false
    open = waiting.filter(({ id }) => held.has(id))
    for (const { news } of ended)
      ctx.metrics.count(ofHandler('messaging_rx_processed_ok', NEWS_SERVICES[news.kind]))
    const [trouble] = held.values()
    if (trouble) throw trouble
    return true
  } catch (error) {
    await recordAttempt(
      em,
      open.map(({ id }) => id),
      messageOf(error),
    )
    await enqueueDecision(ctx, subjectId)
    throw error
  }
}

/** The messages that can be read. Ends the rest, as stored by another version, which would otherwise wait forever. */
async function readNews(
  ctx: Context,
  em: EntityManager,
  subjectId: number,
  waiting: readonly WaitingMessage[],
): Promise<WaitingNews[]> {
  const read: WaitingNews[] = []
  for (const { id, topic, meaning } of waiting) {
    const news = meaningSchema.safeParse(meaning).data
    if (news && isNews(news)) {
      read.push({ id, news })
      continue
    }
    await forgetReleaseDecisions(em, subjectId) // without a message that waits they would pass for current
    await endInboxRow(em, id, { state: 'failed', reason: UNREADABLE })
    ctx.metrics.count(ofHandler('messaging_rx_failed', handlerOf(topic)))
    ctx.log.error({ inboxId: id, reason: UNREADABLE }, 'message failed')
  }
  return read
}
