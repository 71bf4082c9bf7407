/** Release gates: the decisions that a rebuilt image needs before it may go out, and the policies behind them (decision 0039). */
import { packageVerdict } from '../judge/applicable.ts'
import type { Policy } from '../policy/policy.ts'
import type { PolicyIndex } from '../policy/policy-index.ts'
import type { Subject } from '../subject/subject.ts'
import { type SubjectTypes, subjectTypeNamed } from '../subject/subject-type.ts'

/** A release gate of the settings; `subjectType` by id or alias. */
export type ReleaseGate = { decisionContext: string; productVersion: string; subjectType: string }

/** The policies and subject types in force. */
type Policies = { index: PolicyIndex; subjectTypes: SubjectTypes }

/** The subject that stands for a rebuilt image at the gate. */
export function subjectAt({ subjectType }: ReleaseGate, nvr: string, { subjectTypes }: Policies): Subject {
  return { type: subjectTypeNamed(subjectTypes, subjectType), identifier: nvr }
}

/** Whether any policy applies to images at the gate; without one there is nothing to decide. */
export function hasPolicy(gate: ReleaseGate, policies: Policies): boolean {
  return appliedAt(gate, subjectAt(gate, '', policies), policies).length > 0
}

/** The policies whose rules are checked for an image, by its NVR before or after the rebuild: only its name matters. */
export function policiesFor(gate: ReleaseGate, nvr: string, policies: Policies): Policy[] {
  const subject = subjectAt(gate, nvr, policies)
  return appliedAt(gate, subject, policies).filter((policy) => packageVerdict(policy, subject) === 'checked')
}

function appliedAt(
  { decisionContext, productVersion }: ReleaseGate,
  { type }: Subject,
  { index }: Policies,
): readonly Policy[] {
  return index.applicable({ contexts: [decisionContext], productVersion }, type)
}
