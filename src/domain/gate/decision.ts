/** A decision: whether the subjects satisfy their policies, and why. */

import type { TestResult, Waiver } from './facts/facts.ts'
import type { Answer } from './judge/answer.ts'

/** The answer to a request; `decisionJson` makes its JSON. */
export type Decision = {
  satisfied: boolean
  summary: string
  /** By subject, then policy, then rule; satisfied and unsatisfied answers together. */
  answers: readonly Answer[]
  /** Ids in the order of evaluation, repeated for each subject; null for a request that brings its own rules. */
  applicablePolicies: readonly (string | null)[] | null
  /** Set when the request was verbose: all latest results and all waivers of the judged subjects. */
  evidence: { results: readonly TestResult[]; waivers: readonly Waiver[] } | null
}
