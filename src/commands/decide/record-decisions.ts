/** Stores decisions with the messages about what has changed, and ends the messages that led to them, all or nothing. */
import type { Context } from '../../context.ts'
import {
  type StoredDecision,
  type SubjectState,
  storeRun,
} from '../../db/queries/decisions/stored-decisions.ts'
import type { Message } from '../../db/queries/messages/outbox.ts'
import { isPair } from '../../domain/gate/change/candidates.ts'
import { changesToPublish } from '../../domain/gate/change/changes-to-publish.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import { NEWS_SERVICES } from '../../domain/message.ts'
import { labelled } from '../../lib/metrics/counters.ts'
import { presentDecisionUpdate } from '../../present/gate/decision-update.ts'
import type { PublishAtOnce } from '../publish/publish-at-once.ts'
import { DECISION_UPDATE } from '../publish/publish-outbox.ts'
import { countWritten } from '../publish/write-outbox.ts'
import type { DecidedPair } from './judge-pairs.ts'

/**
 * The decisions of one run, which read the subject as `state`; `ended`: the messages that need nothing more. Nothing of
 * `releases` is published.
 */
export type Decisions = {
  subjectId: number
  subject: Subject
  state: SubjectState
  decided: readonly DecidedPair[]
  releases: readonly DecidedPair[]
  judgedBy: string
  ended: readonly number[]
}

/** @returns false, with nothing stored, when another run has stored decisions on the subject since it was read */
export async function recordDecisions(
  ctx: Context,
  publish: PublishAtOnce,
  decisions: Decisions,
): Promise<boolean> {
  const { subjectId, state, decided, releases, judgedBy, ended } = decisions
  if (decided.length === 0 && ended.length === 0) return true
  const outcomes = decided.map((item) => outcomeOf(ctx, decisions, item))
  const messages = outcomes.flatMap((outcome) => outcome.messages)
  const results = {
    decisions: outcomes.map(({ last }) => last),
    releases: releases.map(({ pair, verdict }) => ({ ...pair, decision: verdict.now.decision })),
    judgedBy,
    messages,
    ended,
    now: ctx.now(),
  }
  const upTo = await storeRun(ctx.db.fork(), subjectId, state, results)
  if (upTo === undefined) return false
  countWritten(ctx, messages)
  for (const { counter } of outcomes) ctx.metrics.count(counter)
  if (upTo !== null) await publish(ctx, { eventId: null, subjectId }, upTo)
  return true
}

function outcomeOf(ctx: Context, { subject, state }: Decisions, { pair, verdict }: DecidedPair) {
  const { decisionContext, productVersion, beforeUs, news } = pair
  const known = state.decisions.find(isPair(pair)) ?? null
  const { changes, last } = changesToPublish(known, verdict.earlier, verdict.now, beforeUs)
  const handler = NEWS_SERVICES[news.kind]
  const messages = changes.map((change): Message => {
    const destination = ctx.settings.env.DECISION_UPDATE_DESTINATION
    const update = presentDecisionUpdate({ subject, pair, change, news }, destination)
    return { topic: DECISION_UPDATE, handler, ...update }
  })
  const name = changes.length > 0 ? 'decision_changed' : 'decision_unchanged'
  const counter = labelled(name, { decision_context: decisionContext, handler })
  const stored: StoredDecision = { decisionContext, productVersion, ...last }
  return { messages, last: stored, counter }
}
