/** Defines when a new decision differs from the old one (behaviour/greenwave 6.4). */
import { createHash } from 'node:crypto'
import type { DecisionJson, RequirementJson } from './decision.ts'

/**
 * Differs when the decisions do; both must be answers to the same request. A newer result with the same outcome makes no
 * difference. Requirements have their keys in one order, since `decisionJson` makes them all.
 */
export function decisionFingerprint(decision: DecisionJson): string {
  const {
    policies_satisfied,
    summary,
    applicable_policies,
    satisfied_requirements,
    unsatisfied_requirements,
  } = decision
  const compared = [
    policies_satisfied,
    summary,
    applicable_policies,
    satisfied_requirements.map(withoutResult),
    unsatisfied_requirements.map(withoutResult),
  ]
  return createHash('sha256').update(JSON.stringify(compared)).digest('hex')
}

function withoutResult({ result_id, ...requirement }: RequirementJson & { result_id?: unknown }) {
  return { ...requirement, isResult: result_id !== undefined }
}
