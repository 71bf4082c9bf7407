/** Judges the decisions on a subject that messages may change, and finds which messages have to wait for one that cannot be made now. */
import type { Context } from '../../context.ts'
import type { SubjectState } from '../../db/queries/decisions/stored-decisions.ts'
import { isPair, type Pair } from '../../domain/gate/change/candidates.ts'
import { needsEarlier } from '../../domain/gate/change/changes-to-publish.ts'
import { isUndecided } from '../../domain/gate/release/release-state.ts'
import { DecisionError, wholeReason, withMessage } from '../../domain/gate/request/decision-error.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import { NEWS_SERVICES } from '../../domain/message.ts'
import { troubleOf } from '../../lib/errors.ts'
import { withoutCredentials } from '../../lib/log.ts'
import { labelled } from '../../lib/metrics/counters.ts'
import type { Gate } from '../gate/open-gate.ts'
import { type DuePair, findPairs, type WaitingNews } from './find-pairs.ts'
import { findReleasePairs } from './find-release-pairs.ts'
import { type DecidedPair, judgePairs } from './judge-pairs.ts'

/**
 * What a run decided; `held`: messages with decisions that cannot be made for now, and why. `releases`: the decisions at release
 * gates, which are stored for readers and never published.
 */
export type RunOutcome = { decided: DecidedPair[]; releases: DecidedPair[]; held: Map<number, Error> }

/**
 * Judges the decisions that the messages may change, as far as they are due. One that cannot be made holds up no other; one at a
 * release gate alone holds up no message: readers make it then. Safe to repeat: it only reads.
 */
export async function judgeChanges(
  ctx: Context,
  gate: Gate,
  { subject, state, waiting }: { subject: Subject; state: SubjectState; waiting: readonly WaitingNews[] },
  isDue: (pair: Pair) => boolean = () => true,
): Promise<RunOutcome> {
  const found = await findPairs(ctx, gate, subject, { waiting, decided: state.decisions })
  const { facts, held } = found
  const pairs = found.pairs.filter(isDue)
  const { atGates, onlyAtGates } = await findReleasePairs(ctx, gate, subject, { pairs, waiting })
  const known = [
    ...pairs.map((pair) => ({ pair, needsEarlier: needsEarlier(lastOf(state, pair), pair.beforeUs) })),
    ...onlyAtGates.map((pair) => ({ pair, needsEarlier: false })),
  ]
  const decided: DecidedPair[] = []
  const releases: DecidedPair[] = []
  for (const { pair, verdict } of await judgePairs(gate, subject, known, facts)) {
    const isOnlyAtGates = onlyAtGates.includes(pair)
    if (!(verdict instanceof DecisionError)) {
      if (!isOnlyAtGates) decided.push({ pair, verdict })
      const mayStore = verdict.isLasting && !isUndecided(verdict.now.decision)
      if (atGates.some(isPair(pair)) && mayStore) releases.push({ pair, verdict })
    } else if (isOnlyAtGates) continue
    else if (troubleOf(verdict))
      for (const id of pair.ids) held.set(id, withMessage(verdict, wholeReason(verdict)))
    else recordImpossible(ctx, subject, pair, verdict)
  }
  return { decided, releases, held }
}

/** The subject, policies or answers are at fault: repeating cannot help (behaviour/greenwave 6.4, step 4). */
function recordImpossible(ctx: Context, subject: Subject, pair: DuePair, error: DecisionError): void {
  const { decisionContext, productVersion, news } = pair
  const labels = { decision_context: decisionContext, handler: NEWS_SERVICES[news.kind] }
  ctx.metrics.count(labelled('decision_failed', labels))
  const fields = { type: subject.type.id, identifier: subject.identifier, decisionContext, productVersion }
  ctx.log.warn({ ...fields, reason: withoutCredentials(wholeReason(error)) }, 'decision cannot be made')
}

function lastOf({ decisions }: SubjectState, pair: DuePair) {
  return decisions.find(isPair(pair)) ?? null
}
