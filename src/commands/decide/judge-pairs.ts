/** Judges decisions again, and those just before the messages where these are not known (behaviour/greenwave 6.4). */
import { factsAsOf, whenOf } from '../../domain/gate/change/as-of.ts'
import type { ComparedDecision } from '../../domain/gate/change/changes-to-publish.ts'
import type { Decision } from '../../domain/gate/decision.ts'
import type { Facts } from '../../domain/gate/facts/facts.ts'
import { isLasting } from '../../domain/gate/facts/lasting.ts'
import type { DecisionInput } from '../../domain/gate/judge/round.ts'
import { DecisionError } from '../../domain/gate/request/decision-error.ts'
import { requestAbout } from '../../domain/gate/request/request.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import { createAttemptLimits } from '../../lib/async/attempt-limit.ts'
import { withDeadline } from '../../lib/async/deadline.ts'
import { decisionJson } from '../../present/gate/decision.ts'
import { decisionFingerprint } from '../../present/gate/decision-change.ts'
import { type DecisionOrError, decideTogether } from '../gate/decide-together.ts'
import { MAX_ATTEMPTS } from '../gate/gather-facts.ts'
import type { Gate } from '../gate/open-gate.ts'
import type { DuePair } from './find-pairs.ts'

/**
 * The decision now, and the one of the moment before the messages; null: it is not needed. `isLasting`: only a message can change
 * the decision of now.
 */
export type PairJudgement = { now: ComparedDecision; earlier: ComparedDecision | null; isLasting: boolean }

/** A decision that was made. */
export type DecidedPair = { pair: DuePair; verdict: PairJudgement }

/** A pair, and whether the decision of the moment before its messages is to be made too. */
export type KnownPair = { pair: DuePair; needsEarlier: boolean }

/** A pair with its verdict, or why there is none. */
export type JudgedPair = { pair: DuePair; verdict: PairJudgement | DecisionError }

/** In the order of `pairs`; those of one product version share all their calls. Safe to repeat: it only reads. */
export async function judgePairs(
  gate: Gate,
  subject: Subject,
  pairs: readonly KnownPair[],
  known: Facts,
): Promise<JudgedPair[]> {
  const groups = Map.groupBy(pairs, ({ pair }) => pair.productVersion)
  const judged = await Promise.all(
    [...groups.values()].map((group) => judgeGroup(gate, subject, group, known)),
  )
  const byPair = new Map(judged.flat().map((item) => [item.pair, item]))
  return pairs.flatMap(({ pair }) => byPair.get(pair) ?? [])
}

function judgeGroup(
  gate: Gate,
  subject: Subject,
  group: readonly KnownPair[],
  known: Facts,
): Promise<JudgedPair[]> {
  const caller = { limits: createAttemptLimits(MAX_ATTEMPTS) }
  const { index: policies } = gate.policies()
  const settings = gate.settings
  const now = gate.now().getTime()
  const make = (members: readonly KnownPair[], when: string | null, facts: Facts, signal: AbortSignal) => {
    const inputOf = ({ pair }: KnownPair): DecisionInput => ({
      request: requestAbout(subject, pair, when),
      policies,
      settings,
      now,
    })
    return decideTogether({ gate, signal, caller }, members.map(inputOf), facts)
  }
  return withDeadline(gate.deadlineMs, async (signal) => {
    const { made, facts } = await make(group, null, known, signal)
    const earlier = new Map<KnownPair, DecisionOrError>()
    const before = group.filter(
      ({ needsEarlier }, index) => needsEarlier && !(made[index] instanceof DecisionError),
    )
    for (const [when, members] of Map.groupBy(before, ({ pair }) => whenOf(pair.beforeUs))) {
      const then = await make(members, when, factsAsOf(facts, when), signal)
      for (const [index, member] of members.entries()) {
        const decided = then.made[index]
        if (decided) earlier.set(member, decided)
      }
    }
    return group.flatMap((member, index) => {
      const decided = made[index]
      const verdict = decided && verdictOf(gate, decided, earlier.get(member) ?? null, isLasting(facts))
      return verdict ? [{ pair: member.pair, verdict }] : []
    })
  })
}

function verdictOf(
  gate: Gate,
  now: DecisionOrError,
  earlier: DecisionOrError | null,
  isLasting: boolean,
): JudgedPair['verdict'] {
  if (now instanceof DecisionError) return now
  if (earlier instanceof DecisionError) return earlier
  return { now: judge(gate, now), earlier: earlier && judge(gate, earlier), isLasting }
}

function judge({ settings }: Gate, made: Decision): ComparedDecision {
  const decision = decisionJson(made, settings.distinctLatestResultsOn)
  return { decision, fingerprint: decisionFingerprint(decision) }
}
