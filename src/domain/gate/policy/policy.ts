/** A policy: which rules must hold for which subjects, in which decision contexts and product versions. */
import type { Globs } from './glob.ts'
import type { Rule } from './rule.ts'

/** Where a policy is from: the server's files, a rule file in a package's repository, or a request. */
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
  /** `*` in a remote policy means every subject type. */
  subjectType: string | null
  subjectTypes: readonly string[]
  rules: readonly Rule[]
  excludedPackages: Globs
  packages: Globs
  /** Shown to clients, without any effect. */
  relevanceKey: string | null
  relevanceValue: string | null
  place: PolicyPlace | null
}

/**
 * Where a policy is written. `file`: its name in the folder of policies; null in a rule file, which has the address where it
 * was found. `line` counts from 1. A policy of a request has no place.
 */
export type PolicyPlace = { file: string | null; line: number }

/** All decision contexts of a policy. */
export function contextsOf(policy: Policy): readonly string[] {
  return listOf(policy.decisionContexts, policy.decisionContext)
}

/** All subject types of a policy, by id or alias. */
export function subjectTypesOf(policy: Policy): readonly string[] {
  return listOf(policy.subjectTypes, policy.subjectType)
}

function listOf(plural: readonly string[], singular: string | null): readonly string[] {
  if (plural.length > 0) return plural
  return singular === null ? [] : [singular]
}
