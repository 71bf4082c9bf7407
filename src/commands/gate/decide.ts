/** Makes a decision: asks the judge what it has to know, fetches that, and asks again until it knows enough. */

import type { Decision } from '../../domain/gate/decision.ts'
import { type Facts, joinFacts, NO_FACTS } from '../../domain/gate/facts/facts.ts'
import { type DecisionInput, nextStep } from '../../domain/gate/next-step.ts'
import { DecisionError, type DecisionFault } from '../../domain/gate/request/decision-error.ts'
import type { DecisionRequest } from '../../domain/gate/request/request.ts'
import { parseDecisionRequest } from '../../gate-input/request/parse-request.ts'
import { withDeadline } from '../../lib/async/deadline.ts'
import type { DecisionOutcome } from '../../lib/metrics.ts'
import type { Gate } from './open-gate.ts'

/** Far above what the judge ever needs: a guard against a round that would ask for the same again. */
const MAX_ROUNDS = 20

/** How the metrics count a request without a decision: refused for a fault of its own, or failed for ours. */
const OUTCOMES = {
  'bad-request': 'refused',
  'not-found': 'refused',
  'not-json': 'refused',
  'upstream-failed': 'failed',
  'upstream-timeout': 'failed',
} as const satisfies Record<DecisionFault, DecisionOutcome>

/** A decision, the request as it was understood, and the policies it was held against. */
export type Decided = { request: DecisionRequest; decision: Decision; input: DecisionInput }

/**
 * Decides the request in the parsed JSON that `body` gives (behaviour/greenwave 3); where that throws, it counts as a request
 * refused. `caller` ends when nobody waits for the answer any more. Reads only, so it may be asked as often as one likes.
 * @throws DecisionError when the request is wrong, or a service that has to be asked fails or is late
 */
export async function decide(gate: Gate, body: () => unknown, caller?: AbortSignal): Promise<Decided> {
  const began = performance.now()
  const tell = (outcome: DecisionOutcome) =>
    gate.metrics.decision(outcome, (performance.now() - began) / 1000)
  try {
    const work = (signal: AbortSignal) => decideInTime(gate, body(), signal)
    const decided = await withDeadline(gate.deadlineMs, work, caller)
    tell(decided.decision.satisfied ? 'satisfied' : 'unsatisfied')
    return decided
  } catch (error) {
    gate.metrics.count('total_decision_exceptions')
    tell(error instanceof DecisionError ? OUTCOMES[error.kind] : 'failed')
    throw error
  }
}

async function decideInTime(gate: Gate, body: unknown, signal: AbortSignal): Promise<Decided> {
  const { policies, subjectTypes } = gate.policies()
  const request = parseDecisionRequest(body, subjectTypes, gate.settings.maxSubjects)
  const input: DecisionInput = { request, policies, settings: gate.settings, now: gate.now().getTime() }
  let facts: Facts = NO_FACTS
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const step = nextStep(input, facts)
    if (step.kind === 'decision') return { request, decision: step.decision, input }
    facts = joinFacts(facts, await gate.gather(step.needs, signal))
  }
  throw new Error(`no decision after ${MAX_ROUNDS} rounds`)
}
