/** Finds the decisions that a new result or waiver may change: pairs of decision context and product version (behaviour/greenwave 6.4). */

import { firstMismatch } from '../judge/applicable.ts'
import { type FileRound, findFile } from '../judge/find-file.ts'
import { isWild } from '../policy/glob.ts'
import { contextsOf, type Policy } from '../policy/policy.ts'
import type { PolicyIndex } from '../policy/policy-index.ts'
import type { RemoteRule, Rule } from '../policy/rule.ts'
import { DecisionError } from '../request/decision-error.ts'
import type { Subject } from '../subject/subject.ts'
import type { SubjectType } from '../subject/subject-type.ts'

/** One decision on a subject. */
export type Pair = { decisionContext: string; productVersion: string }

/** Returns a test for decisions with this context and version. */
export const isPair =
  (wanted: Pair) =>
  ({ decisionContext, productVersion }: Pair): boolean =>
    decisionContext === wanted.decisionContext && productVersion === wanted.productVersion

/**
 * What is new: a result or waiver of this test case. `versions`: the subject's product versions; empty: not known. `decided`: the
 * decisions on the subject that earlier messages have led to, as far as this one can change them (decision 0112).
 */
export type Reported = { testCase: string; versions: readonly string[]; decided: readonly Pair[] }

/** Pairs without duplicates, in order of context and version; `unresolved`: patterns that stand for no known version. */
export type Candidates = { pairs: Pair[]; unresolved: number }

/**
 * What candidates are chosen from. `known`: all product versions that policies and subject types name without a wildcard;
 * `unresolved`: the policies whose patterns match none of these.
 */
export type CandidateSource = { policies: PolicyIndex; known: readonly string[]; unresolved: number }

/** Looks through all policies, once for a set of them. */
export function candidateSourceOf(policies: PolicyIndex, types: readonly SubjectType[]): CandidateSource {
  const ofPolicies = policies.all.flatMap(({ productVersions }) => productVersions.patterns)
  const ofTypes = types.flatMap(({ productVersion }) => (productVersion === null ? [] : [productVersion]))
  const known = [...new Set([...ofPolicies, ...ofTypes].filter((version) => !isWild(version)))].sort()
  const unresolved = policies.all.filter(
    (policy) => policy.productVersions.patterns.some(isWild) && versionsOf(policy, known).length === 0,
  )
  return { policies, known, unresolved: unresolved.length }
}

/**
 * The pairs found with the facts so far; facts that are missing to read rule files are added to `round.missing`. A rule file that
 * cannot be read may hold the test case, so its policies are candidates.
 */
export function candidatePairs(
  subject: Subject,
  { testCase, versions, decided }: Reported,
  { policies, known, unresolved }: CandidateSource,
  round: FileRound,
): Candidates {
  const pairs = new Map<string, Pair>()
  const others = decided.map(({ productVersion }) => productVersion)
  for (const policy of policies.concerning(testCase, subject.type)) {
    const own = versions.length > 0 ? versions : versionsOf(policy, known)
    for (const productVersion of new Set([...own, ...others])) {
      if (firstMismatch(policy, { contexts: [], productVersion }, subject.type) !== null) continue
      if (!concerns(policy, { subject, testCase, productVersion, round })) continue
      for (const decisionContext of contextsOf(policy)) {
        const pair = { decisionContext, productVersion }
        if (own.includes(productVersion) || decided.some(isPair(pair)))
          pairs.set(JSON.stringify([decisionContext, productVersion]), pair)
      }
    }
  }
  return { pairs: [...pairs.values()].sort(compare), unresolved: versions.length > 0 ? 0 : unresolved }
}

/** The versions of a policy where the subject has none: a pattern stands for the known versions that it matches. */
function versionsOf({ productVersions }: Policy, known: readonly string[]): string[] {
  return known.filter((version) => productVersions.matches(version))
}

/** What a policy is searched for: a rule about the test case that applies to the subject in this product version. */
type Search = { subject: Subject; testCase: string; productVersion: string; round: FileRound }

function concerns(policy: Policy, search: Search): boolean {
  if (policy.rules.length === 0) return true
  return policy.rules.some((rule) =>
    rule.kind === 'RemoteRule' ? fileConcerns(rule, policy, search) : rule.testCaseName === search.testCase,
  )
}

/** A file that is missing or faulty concerns every test case (behaviour/greenwave 1.5). */
function fileConcerns(rule: RemoteRule & Rule, parent: Policy, search: Search): boolean {
  const { subject, productVersion, round } = search
  try {
    const found = findFile(rule, subject, false, round)
    if (found.kind === 'pending') return false
    if (found.kind !== 'policies') return true
    const scope = { contexts: contextsOf(parent), productVersion }
    return found.policies.some(
      (policy) => firstMismatch(policy, scope, subject.type) === null && concerns(policy, search),
    )
  } catch (error) {
    if (error instanceof DecisionError) return true
    throw error
  }
}

function compare(left: Pair, right: Pair): number {
  const key = left.decisionContext === right.decisionContext ? 'productVersion' : 'decisionContext'
  if (left[key] === right[key]) return 0
  return left[key] < right[key] ? -1 : 1
}
