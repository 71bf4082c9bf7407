/** Which policies apply to which subject (behaviour/greenwave 1.5, 3.4), and why the others do not. */

import { contextsOf, type Policy, subjectTypesOf } from '../policy/policy.ts'
import { DecisionError } from '../request/decision-error.ts'
import type { DecisionRequest } from '../request/request.ts'
import { packageNameOf, type Subject } from '../subject/subject.ts'
import { isNameOf, type SubjectType } from '../subject/subject-type.ts'

/** What a policy is held against; an empty list of contexts is no condition. */
export type RequestScope = Pick<DecisionRequest, 'contexts' | 'productVersion'>

/** The conditions in the order they are looked at. */
export const CONDITIONS = ['decision context', 'product version', 'subject type'] as const
export type Condition = (typeof CONDITIONS)[number]

const HOLDS = {
  'decision context': isForContexts,
  'product version': isForVersion,
  'subject type': (policy, _scope, type) => isForType(policy, type),
} as const satisfies Record<Condition, (policy: Policy, scope: RequestScope, type: SubjectType) => boolean>

/** The first condition that keeps the policy from applying; null: it applies. */
export function firstMismatch(policy: Policy, scope: RequestScope, type: SubjectType): Condition | null {
  return CONDITIONS.find((condition) => !HOLDS[condition](policy, scope, type)) ?? null
}

/** Whether a policy that applies goes on to its rules for this very package (behaviour/greenwave 3.5). */
export type PackageVerdict = 'checked' | 'excluded' | 'not-listed'

/** Holds the lists of packages against the subject; subjects without a package name are always checked. */
export function packageVerdict(policy: Policy, subject: Subject): PackageVerdict {
  if (policy.excludedPackages.patterns.length === 0 && policy.packages.patterns.length === 0) return 'checked'
  const name = packageNameOf(subject)
  if (!name) return 'checked'
  if (policy.excludedPackages.matches(name)) return 'excluded'
  return policy.packages.patterns.length === 0 || policy.packages.matches(name) ? 'checked' : 'not-listed'
}

/** A subject and the policies it is judged by. */
export type SubjectPolicies = { subject: Subject; policies: readonly Policy[] }

/** The cases of a request; `fault`: why the subject after the last of them cannot be judged. */
export type Cases = { cases: readonly SubjectPolicies[]; fault: DecisionError | null }

/**
 * The subjects of a request with their policies, in order, up to the first one that is malformed or has no policy (404);
 * those that may go without a policy and have none are left out.
 */
export function casesOf(request: DecisionRequest, configured: readonly Policy[]): Cases {
  const all = request.onDemand ? [request.onDemand] : configured
  const asked = all.filter((policy) => isAskedFor(policy, request))
  const policiesFor = memoized((type) => asked.filter((policy) => isForType(policy, type)))
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

/** All conditions but the subject's type, which are the same for all subjects. */
function isAskedFor(policy: Policy, scope: RequestScope): boolean {
  return isForContexts(policy, scope) && isForVersion(policy, scope)
}

function isForContexts(policy: Policy, { contexts }: RequestScope): boolean {
  return contexts.length === 0 || contextsOf(policy).some((context) => contexts.includes(context))
}

function isForVersion({ productVersions }: Policy, { productVersion }: RequestScope): boolean {
  return productVersions.matches(productVersion)
}

function isForType(policy: Policy, type: SubjectType): boolean {
  if (policy.kind === 'on-demand') return true
  const any = policy.kind === 'remote' && policy.subjectType === '*'
  return any || subjectTypesOf(policy).some((name) => isNameOf(type, name))
}

/** By name: a request may bring thousands of subjects of a type that only it knows. */
function memoized(find: (type: SubjectType) => Policy[]): (type: SubjectType) => Policy[] {
  const found = new Map<string, Policy[]>()
  return (type) => {
    const known = found.get(type.id) ?? find(type)
    found.set(type.id, known)
    return known
  }
}
