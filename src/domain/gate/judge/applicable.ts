/** Finds which policies apply to which subject (behaviour/greenwave 1.5, 3.4), and why the rest do not. */

import type { Condition } from '../explain/explanation.ts'
import type { Policy } from '../policy/policy.ts'
import {
  indexPolicies,
  isForContexts,
  isForType,
  isForVersion,
  type PolicyIndex,
  type PolicyScope,
} from '../policy/policy-index.ts'
import { DecisionError } from '../request/decision-error.ts'
import type { DecisionRequest } from '../request/request.ts'
import { packageNameOf, type Subject } from '../subject/subject.ts'
import type { SubjectType } from '../subject/subject-type.ts'

/** The conditions under which a policy applies, in the order in which they are checked. */
const MATCHING = [
  'decision context',
  'product version',
  'subject type',
] as const satisfies readonly Condition[]
export type MatchingCondition = (typeof MATCHING)[number]

const HOLDS = {
  'decision context': isForContexts,
  'product version': isForVersion,
  'subject type': (policy, _scope, type) => isForType(policy, type),
} as const satisfies Record<
  MatchingCondition,
  (policy: Policy, scope: PolicyScope, type: SubjectType) => boolean
>

/** The first condition that keeps the policy from applying; null: it applies. */
export function firstMismatch(
  policy: Policy,
  scope: PolicyScope,
  type: SubjectType,
): MatchingCondition | null {
  return MATCHING.find((condition) => !HOLDS[condition](policy, scope, type)) ?? null
}

/** Whether the rules of an applicable policy are checked for the package (behaviour/greenwave 3.5). */
export type PackageVerdict = 'checked' | 'excluded' | 'not-listed'

/** Compares the policy's package lists with the subject; subjects without a package name are always checked. */
export function packageVerdict(policy: Policy, subject: Subject): PackageVerdict {
  if (policy.excludedPackages.patterns.length === 0 && policy.packages.patterns.length === 0) return 'checked'
  const name = packageNameOf(subject)
  if (!name) return 'checked'
  if (policy.excludedPackages.matches(name)) return 'excluded'
  return policy.packages.patterns.length === 0 || policy.packages.matches(name) ? 'checked' : 'not-listed'
}

/** A subject and the policies that apply to it. */
export type SubjectPolicies = { subject: Subject; policies: readonly Policy[] }

/** The subjects to judge; `fault`: why the subject after the last one cannot be judged, null when all can. */
export type Cases = { cases: readonly SubjectPolicies[]; fault: DecisionError | null }

/**
 * The subjects of a request with their policies, in order, up to the first one that is malformed or has no policy.
 * Subjects without a policy are skipped when their type allows that.
 */
export function casesOf(request: DecisionRequest, configured: PolicyIndex): Cases {
  const index = request.onDemand ? indexPolicies([request.onDemand]) : configured
  const policiesFor = memoized((type) => index.applicable(request, type))
  const cases: SubjectPolicies[] = []
  for (const subject of request.subjects) {
    const policies = policiesFor(subject.type)
    if (policies.length > 0) cases.push({ subject, policies })
    else if (!subject.type.ignoreMissingPolicy) return { cases, fault: noPolicy(request, subject) }
  }
  return { cases, fault: request.malformedSubject }
}

function noPolicy({ contexts, productVersion }: DecisionRequest, { type }: Subject): DecisionError {
  const where = `at gating point(s) ${contexts.join(' ')} in ${productVersion}`
  return new DecisionError('not-found', `Found no applicable policies for ${type.id} subjects ${where}`)
}

/** Caches by the type's id: an unknown type is a new object for each of the request's thousands of subjects. */
function memoized(find: (type: SubjectType) => readonly Policy[]): (type: SubjectType) => readonly Policy[] {
  const found = new Map<string, readonly Policy[]>()
  return (type) => {
    const known = found.get(type.id) ?? find(type)
    found.set(type.id, known)
    return known
  }
}
