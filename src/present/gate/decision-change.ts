/** Whether a new decision tells anything that the old one did not (behaviour/greenwave 6.4). */
import type { DecisionJson, RequirementJson } from './decision.ts'

/** Both must be answers to the same question. A newer result with the same outcome changes nothing. */
export function hasChanged(old: DecisionJson, now: DecisionJson): boolean {
  return fingerprint(old) !== fingerprint(now)
}

// One presenter has made both, so equal requirements have their keys in the same order.
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
