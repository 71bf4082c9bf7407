/** One round of judging: its input, and the collection of facts that turned out to be missing. */
import { type Evidence, evidenceOf } from '../facts/evidence.ts'
import type { Facts } from '../facts/facts.ts'
import { createMissingFacts, type MissingFacts } from '../facts/needs.ts'
import type { PolicyIndex } from '../policy/policy-index.ts'
import type { Instant } from '../policy/rule.ts'
import type { DecisionRequest } from '../request/request.ts'
import type { GateSettings } from '../request/settings.ts'

/** What stays the same while one request is decided. */
export type DecisionInput = {
  request: DecisionRequest
  /** The configured policies; unused when the request brings its own rules. */
  policies: PolicyIndex
  settings: GateSettings
  now: Instant
}

/** One round of judging: the request, the facts so far, and what is missing. */
export type Round = {
  request: DecisionRequest
  settings: GateSettings
  evidence: Evidence
  facts: Facts
  missing: MissingFacts
  /** The time of the decision; used for builds whose creation time the build system does not know. */
  now: Instant
}

/** Begins a round with the facts so far. */
export function startRound({ request, settings, now }: DecisionInput, facts: Facts): Round {
  const evidence = evidenceOf(facts.results, request.ignoredResults)
  return { request, settings, now, facts, evidence, missing: createMissingFacts() }
}
