/** All that verifying a rule may look at, and where it puts down what it still needs. */
import type { Evidence } from '../facts/evidence.ts'
import type { Facts } from '../facts/facts.ts'
import type { MissingFacts } from '../facts/needs.ts'
import type { Instant } from '../policy/rule.ts'
import type { DecisionRequest } from '../request/request.ts'
import type { GateSettings } from '../request/settings.ts'

/** One round of judging: what was asked, what is known, what is missing. */
export type Round = {
  request: DecisionRequest
  settings: GateSettings
  evidence: Evidence
  facts: Facts
  missing: MissingFacts
  /** The time of the decision; stands in for builds that the build system has no creation time of. */
  now: Instant
}
