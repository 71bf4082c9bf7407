/** Makes decisions at release gates, on many images in as few calls as one decision on all of them. */
import { NO_FACTS } from '../../domain/gate/facts/facts.ts'
import type { DecisionInput } from '../../domain/gate/judge/round.ts'
import type { ReleaseGate } from '../../domain/gate/release/release-gate.ts'
import {
  type ReleaseDecision,
  readReleaseDecision,
  undecided,
} from '../../domain/gate/release/release-state.ts'
import { DecisionError, wholeReason } from '../../domain/gate/request/decision-error.ts'
import { requestAbout } from '../../domain/gate/request/request.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import { createAttemptLimits } from '../../lib/async/attempt-limit.ts'
import { chunksOf } from '../../lib/async/batch.ts'
import { withDeadline } from '../../lib/async/deadline.ts'
import type { Slots } from '../../lib/async/slots.ts'
import { withoutCredentials } from '../../lib/log.ts'
import { decisionJson } from '../../present/gate/decision.ts'
import { type DecisionOrError, decideTogether } from './decide-together.ts'
import { MAX_ATTEMPTS } from './gather-facts.ts'
import type { Gate } from './open-gate.ts'

/** A decision to make. */
export type WantedDecision = { subject: Subject; gate: ReleaseGate }

const CHUNK = 100

/**
 * The decisions in the order of `wanted`, within the time of one decision; `slots` limits the chunks of all callers.
 * The summary of a decision that cannot be made gives the reason. Safe to repeat: it only reads.
 */
export async function makeReleases(
  gate: Gate,
  wanted: readonly WantedDecision[],
  slots: Slots,
  parent?: AbortSignal,
): Promise<ReleaseDecision[]> {
  const caller = { limits: createAttemptLimits(MAX_ATTEMPTS) }
  const { index: policies } = gate.policies()
  const now = gate.now().getTime()
  const make = async (chunk: readonly WantedDecision[], signal: AbortSignal) => {
    const inputs = chunk.map(
      ({ subject, gate: at }): DecisionInput => ({
        request: requestAbout(subject, at),
        policies,
        settings: gate.settings,
        now,
      }),
    )
    const { made } = await decideTogether({ gate, signal, caller }, inputs, NO_FACTS)
    return made.map((outcome) => decisionOf(gate, outcome))
  }
  return withDeadline(
    gate.deadlineMs,
    async (signal) => {
      const chunks = chunksOf(wanted, CHUNK).map((chunk) => slots(() => make(chunk, signal)))
      return (await Promise.all(chunks)).flat()
    },
    parent,
  )
}

function decisionOf({ settings }: Gate, made: DecisionOrError): ReleaseDecision {
  if (made instanceof DecisionError) {
    const reason = withoutCredentials(wholeReason(made))
    return undecided(made.service === undefined ? reason : `Waits for ${made.service}: ${reason}`)
  }
  const decision = readReleaseDecision(decisionJson(made, settings.distinctLatestResultsOn))
  return decision ?? undecided('The decision cannot be read.')
}
