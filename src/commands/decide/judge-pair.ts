/** Judges one decision anew, and the one before it where that is not known (behaviour/greenwave 6.4). */
import { factsAsOf, whenOf } from '../../domain/gate/change/as-of.ts'
import { type Judged, type LastDecision, needsEarlier } from '../../domain/gate/change/chain.ts'
import type { Facts } from '../../domain/gate/facts/facts.ts'
import type { DecisionInput } from '../../domain/gate/next-step.ts'
import type { DecisionRequest } from '../../domain/gate/request/request.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import { withDeadline } from '../../lib/async/deadline.ts'
import { decisionJson } from '../../present/gate/decision.ts'
import { decisionFingerprint } from '../../present/gate/decision-change.ts'
import { gatherUntilDecided } from '../gate/decide.ts'
import type { Gate } from '../gate/open-gate.ts'
import type { DuePair } from './find-pairs.ts'

/** The decision now, and the one of the moment before the messages; null: the last one is known. */
export type Verdict = { now: Judged; earlier: Judged | null }

/** A decision that was made. */
export type Decided = { pair: DuePair; verdict: Verdict }

/** Rejects with `DecisionError` when one of them cannot be made. Safe to repeat: it only reads. */
export function judgePair(
  gate: Gate,
  subject: Subject,
  pair: DuePair,
  last: LastDecision | null,
  known: Facts,
): Promise<Verdict> {
  return withDeadline(gate.deadlineMs, async (signal) => {
    const input: DecisionInput = {
      request: requestFor(subject, pair),
      policies: gate.policies().policies,
      settings: gate.settings,
      now: gate.now().getTime(),
    }
    const { decision, facts } = await gatherUntilDecided(gate, input, known, signal)
    const judged = (made: typeof decision): Judged => {
      const json = decisionJson(made, gate.settings.distinctLatestResultsOn)
      return { decision: json, fingerprint: decisionFingerprint(json) }
    }
    if (!needsEarlier(last, pair.beforeUs)) return { now: judged(decision), earlier: null }
    const when = whenOf(pair.beforeUs)
    const before = { ...input, request: { ...input.request, when } }
    const earlier = await gatherUntilDecided(gate, before, factsAsOf(facts, when), signal)
    return { now: judged(decision), earlier: judged(earlier.decision) }
  })
}

function requestFor(subject: Subject, { decisionContext, productVersion }: DuePair): DecisionRequest {
  return {
    productVersion,
    contexts: [decisionContext],
    subjects: [subject],
    malformedSubject: null,
    verbose: false,
    ignoredResults: new Set(),
    ignoredWaivers: new Set(),
    when: null,
    onDemand: null,
  }
}
