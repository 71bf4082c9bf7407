/** The input for checking a rule, and the collection that takes the facts it is missing. */
import type { Evidence } from '../facts/evidence.ts'
import type { Facts } from '../facts/facts.ts'
import type { MissingFacts } from '../facts/needs.ts'
import type { Instant } from '../policy/rule.ts'
import type { DecisionRequest } from '../request/request.ts'
import type { GateSettings } from '../request/settings.ts'

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
