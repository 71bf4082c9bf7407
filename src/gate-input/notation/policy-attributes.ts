/** From the attributes of a definition, under the names they are written with, to a policy. */
import { globs } from '../../domain/gate/policy/glob.ts'
import type { Policy, PolicyKind } from '../../domain/gate/policy/policy.ts'
import type { Rule } from '../../domain/gate/policy/rule.ts'

/** The attributes of spec/greenwave 1.2. */
export type PolicyAttributes = {
  id: string | null
  product_versions: readonly string[]
  decision_context: string | null
  decision_contexts: readonly string[]
  subject_type: string | null
  subject_types: readonly string[]
  rules: readonly Rule[]
  excluded_packages: readonly string[]
  packages: readonly string[]
  relevance_key?: string | null
  relevance_value?: string | null
}

/** The policy with its patterns compiled. */
export function policyOf(kind: PolicyKind, attributes: PolicyAttributes): Policy {
  return {
    kind,
    id: attributes.id,
    productVersions: globs(attributes.product_versions),
    decisionContext: attributes.decision_context,
    decisionContexts: attributes.decision_contexts,
    subjectType: attributes.subject_type,
    subjectTypes: attributes.subject_types,
    rules: attributes.rules,
    excludedPackages: globs(attributes.excluded_packages),
    packages: globs(attributes.packages),
    relevanceKey: attributes.relevance_key ?? null,
    relevanceValue: attributes.relevance_value ?? null,
  }
}
