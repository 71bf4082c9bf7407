/** Policies and rules as JSON, for `GET /policies` (behaviour/greenwave 1.4). */
import type { Policy } from '../../domain/gate/policy/policy.ts'
import type { Rule } from '../../domain/gate/policy/rule.ts'
import { withoutCredentials } from '../../lib/log.ts'

/** All attributes of a policy under the names of the YAML files; unset ones are null or `[]`. */
export function policyJson(policy: Policy) {
  return {
    id: policy.id,
    product_versions: policy.productVersions.patterns,
    decision_context: policy.decisionContext,
    decision_contexts: policy.decisionContexts,
    subject_type: policy.subjectType,
    subject_types: policy.subjectTypes,
    rules: policy.rules.map(ruleJson),
    excluded_packages: policy.excludedPackages.patterns,
    packages: policy.packages.patterns,
    relevance_key: policy.relevanceKey,
    relevance_value: policy.relevanceValue,
  }
}

/** A rule without its validity window, which the original has never shown, and without the credentials of its sources. */
export function ruleJson(rule: Rule) {
  return rule.kind === 'RemoteRule'
    ? { rule: rule.kind, required: rule.required, sources: rule.sources.map(withoutCredentials) }
    : { rule: rule.kind, test_case_name: rule.testCaseName, scenario: rule.scenario }
}
