/** All that verifying a rule may look at, and where it puts down what it still needs. */
import type { Evidence } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import type { DecisionRequest } from '../request.ts'
import type { GatingSettings } from '../settings.ts'
import type { Wanted } from '../wanted.ts'
import type { Instant } from './rule.ts'

/** One round of judging: what was asked, what is known, what is missing. */
export type World = {
  request: DecisionRequest
  settings: GatingSettings
  evidence: Evidence
  facts: Facts
  wanted: Wanted
  /** The time of the decision; stands in for builds that the build system has no creation time of. */
  now: Instant
}
