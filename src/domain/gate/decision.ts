/** A decision: whether the subjects may pass, and why. */

import type { TestResult, Waiver } from './facts/facts.ts'
import type { Answer } from './judge/answer.ts'

/** The answer to a request; `decisionJson` gives its wire form. */
export type Decision = {
  satisfied: boolean
  summary: string
  /** Subject by subject, policy by policy, rule by rule; met and unmet ones together. */
  answers: readonly Answer[]
  /** Ids in the order of evaluation, repeated for each subject; null for a request with rules of its own. */
  applicablePolicies: readonly (string | null)[] | null
  /** Set when the request was verbose: all latest results and all waivers of the judged subjects. */
  evidence: { results: readonly TestResult[]; waivers: readonly Waiver[] } | null
}
