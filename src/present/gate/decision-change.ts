/** Whether a new decision differs from the old one (behaviour/greenwave 6.4). */
import type { DecisionJson, RequirementJson } from './decision.ts'

/** Both must be answers to the same request. A newer result with the same outcome is not a change. */
export function hasChanged(old: DecisionJson, now: DecisionJson): boolean {
  return fingerprint(old) !== fingerprint(now)
}

// Both were made by `decisionJson`, so equal requirements have their keys in the same order.
function fingerprint(decision: DecisionJson): string {
  const {
    policies_satisfied,
    summary,
    applicable_policies,
    satisfied_requirements,
    unsatisfied_requirements,
  } = decision
  return JSON.stringify([
    policies_satisfied,
    summary,
    applicable_policies,
    satisfied_requirements.map(withoutResult),
    unsatisfied_requirements.map(withoutResult),
  ])
}

function withoutResult({ result_id, ...requirement }: RequirementJson & { result_id?: unknown }) {
  return { ...requirement, isResult: result_id !== undefined }
}
