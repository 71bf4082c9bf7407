/** A policy: for which subjects, at which gating points and product versions, which rules must hold. */
import type { Globs } from './glob.ts'
import type { Rule } from './rule.ts'

/** From the server's files, from a file in a package's repository, or sent along with one request. */
export const POLICY_KINDS = ['configured', 'remote', 'on-demand'] as const
export type PolicyKind = (typeof POLICY_KINDS)[number]

/** One policy (behaviour/greenwave 1.2). Of each singular and plural pair exactly one is set. */
export type Policy = {
  kind: PolicyKind
  /** Not unique: policies with the same id all apply. null only in remote policies. */
  id: string | null
  productVersions: Globs
  decisionContext: string | null
  decisionContexts: readonly string[]
  /** `*` in a remote policy stands for every subject type. */
  subjectType: string | null
  subjectTypes: readonly string[]
  rules: readonly Rule[]
  excludedPackages: Globs
  packages: Globs
  /** Read and shown, without any effect. */
  relevanceKey: string | null
  relevanceValue: string | null
}

/** All gating points of a policy. */
export function contextsOf(policy: Policy): readonly string[] {
  return listOf(policy.decisionContexts, policy.decisionContext)
}

/** All subject types of a policy, by id or alias. */
export function subjectTypesOf(policy: Policy): readonly string[] {
  return listOf(policy.subjectTypes, policy.subjectType)
}

function listOf(several: readonly string[], one: string | null): readonly string[] {
  if (several.length > 0) return several
  return one === null ? [] : [one]
}
