/** Why policies were or were not checked: for each subject and policy, the first condition that failed. */

import { contextsOf, type Policy, subjectTypesOf } from '../policy/policy.ts'
import type { DecisionRequest } from '../request/request.ts'
import { packageNameOf, type Subject } from '../subject/subject.ts'
import { type Condition, firstMismatch, packageVerdict } from './applicable.ts'

/** One policy compared with one subject; `because` is null when its rules were checked. */
export type Explanation = { subject: Subject; policy: Policy; applies: boolean; because: string | null }

/** Explains every policy for every subject, in order. */
export function explain(request: DecisionRequest, configured: readonly Policy[]): Explanation[] {
  const policies = request.onDemand ? [request.onDemand] : configured
  return request.subjects.flatMap((subject) => policies.map((policy) => explainOne(request, subject, policy)))
}

function explainOne(request: DecisionRequest, subject: Subject, policy: Policy): Explanation {
  const mismatch = firstMismatch(policy, request, subject.type)
  const because = mismatch ? MISMATCHES[mismatch](policy, request, subject) : packageReason(policy, subject)
  return { subject, policy, applies: mismatch === null, because }
}

const MISMATCHES = {
  'decision context': (policy, { contexts }) =>
    `decision context: it is for ${listed(contextsOf(policy))}, not for ${listed(contexts)}`,
  'product version': (policy, { productVersion }) =>
    `product version: it is for ${listed(policy.productVersions.patterns)}, not for ${productVersion}`,
  'subject type': (policy, _request, { type }) =>
    `subject type: it is for ${listed(subjectTypesOf(policy))}, not for ${type.id}`,
} as const satisfies Record<Condition, (policy: Policy, request: DecisionRequest, subject: Subject) => string>

/** A policy that applies may still exclude the package. */
function packageReason(policy: Policy, subject: Subject): string | null {
  const name = packageNameOf(subject)
  const reasons = {
    checked: null,
    excluded: `package: ${name} is one of its excluded packages`,
    'not-listed': `package: ${name} is not one of its packages`,
  }
  return reasons[packageVerdict(policy, subject)]
}

function listed(names: readonly string[]): string {
  return names.join(', ')
}
