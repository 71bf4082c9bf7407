/** Decides on a subject again after messages about it, and publishes what has changed (behaviour/greenwave 6.4, decision 0035). */
import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import { forgetReleaseDecisions } from '../../db/queries/decisions/release-decisions.ts'
import {
  type SubjectState,
  subjectState,
  type WaitingMessage,
} from '../../db/queries/decisions/stored-decisions.ts'
import { noteAttempt } from '../../db/queries/decisions/subjects.ts'
import { endInboxRow } from '../../db/queries/messages/inbox.ts'
import { isPair } from '../../domain/gate/change/candidates.ts'
import { needsEarlier } from '../../domain/gate/change/changes-to-publish.ts'
import { isUndecided } from '../../domain/gate/release/release-state.ts'
import { DecisionError, wholeReason, withMessage } from '../../domain/gate/request/decision-error.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import { subjectTypeNamed } from '../../domain/gate/subject/subject-type.ts'
import { isNews, meaningSchema, NEWS_SERVICES } from '../../domain/message.ts'
import { messageOf, troubleOf } from '../../lib/errors.ts'
import { withoutCredentials } from '../../lib/log.ts'
import { labelled, ofHandler } from '../../lib/metrics/counters.ts'
import type { Gate } from '../gate/open-gate.ts'
import type { PublishAtOnce } from '../publish/publish-at-once.ts'
import { enqueueDecision } from './enqueue-decision.ts'
import { type DuePair, findPairs, type WaitingNews } from './find-pairs.ts'
import { findReleasePairs } from './find-release-pairs.ts'
import { type Decided, judgePairs } from './judge-pairs.ts'
import { recordDecisions } from './record-decisions.ts'

const UNREADABLE = 'The stored meaning cannot be read.'

/** What decisions are made with, and how their changes are published. */
export type DecisionTools = { gate: Gate; publish: PublishAtOnce }

/**
 * What a run decided; `held`: messages with decisions that cannot be made for now, and why. `releases`: the decisions at release
 * gates, which are stored for readers and never published.
 */
type RunOutcome = { decided: Decided[]; releases: Decided[]; held: ReadonlyMap<number, Error> }

/**
 * Decides for all messages about the subject that wait, together. Safe to repeat and to run at once: of two runs that began
 * alike one stores its decisions, the other starts over. Rejects with the trouble of a service after storing every decision
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
    const { held, ...outcome } = await judgeAll(ctx, gate, { subject, state, waiting })
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
    await noteAttempt(
      em,
      open.map(({ id }) => id),
      messageOf(error),
    )
    await enqueueDecision(ctx, subjectId)
    throw error
  }
}

/** A decision that cannot be made holds up no other. One at a release gate alone holds up no message: readers make it then. */
async function judgeAll(
  ctx: Context,
  gate: Gate,
  { subject, state, waiting }: { subject: Subject; state: SubjectState; waiting: readonly WaitingNews[] },
): Promise<RunOutcome> {
  const { pairs, facts, held } = await findPairs(ctx, gate, subject, { waiting, decided: state.decisions })
  const { atGates, onlyAtGates } = await findReleasePairs(ctx, gate, subject, { pairs, waiting })
  const known = [
    ...pairs.map((pair) => ({ pair, needsEarlier: needsEarlier(lastOf(state, pair), pair.beforeUs) })),
    ...onlyAtGates.map((pair) => ({ pair, needsEarlier: false })),
  ]
  const decided: Decided[] = []
  const releases: Decided[] = []
  for (const { pair, verdict } of await judgePairs(gate, subject, known, facts)) {
    const isOnlyAtGates = onlyAtGates.includes(pair)
    if (!(verdict instanceof DecisionError)) {
      if (!isOnlyAtGates) decided.push({ pair, verdict })
      const mayStore = verdict.isLasting && !isUndecided(verdict.now.decision)
      if (atGates.some(isPair(pair)) && mayStore) releases.push({ pair, verdict })
    } else if (isOnlyAtGates) continue
    else if (troubleOf(verdict))
      for (const id of pair.ids) held.set(id, withMessage(verdict, wholeReason(verdict)))
    else noteImpossible(ctx, subject, pair, verdict)
  }
  return { decided, releases, held }
}

/** The subject, policies or answers are at fault: repeating cannot help (behaviour/greenwave 6.4, step 4). */
function noteImpossible(ctx: Context, subject: Subject, pair: DuePair, error: DecisionError): void {
  const { decisionContext, productVersion, news } = pair
  const labels = { decision_context: decisionContext, handler: NEWS_SERVICES[news.kind] }
  ctx.metrics.count(labelled('decision_failed', labels))
  const fields = { type: subject.type.id, identifier: subject.identifier, decisionContext, productVersion }
  ctx.log.warn({ ...fields, reason: withoutCredentials(wholeReason(error)) }, 'decision cannot be made')
}

function lastOf({ decisions }: SubjectState, pair: DuePair) {
  return decisions.find(isPair(pair)) ?? null
}

/** What another version has stored may be unreadable, and would wait forever. */
async function readNews(
  ctx: Context,
  em: EntityManager,
  subjectId: number,
  waiting: readonly WaitingMessage[],
): Promise<WaitingNews[]> {
  const read: WaitingNews[] = []
  for (const { id, meaning } of waiting) {
    const news = meaningSchema.safeParse(meaning).data
    if (news && isNews(news)) {
      read.push({ id, news })
      continue
    }
    await forgetReleaseDecisions(em, subjectId) // without a message that waits they would pass for current
    await endInboxRow(em, id, { state: 'failed', reason: UNREADABLE })
    ctx.metrics.count('messaging_rx_failed')
    ctx.log.error({ inboxId: id, reason: UNREADABLE }, 'message failed')
  }
  return read
}
