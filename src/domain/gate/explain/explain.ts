/** Explains a decision by the very functions that made it: for each subject its policies and rule files. */

import type { Facts } from '../facts/facts.ts'
import { firstMismatch, packageVerdict } from '../judge/applicable.ts'
import { type DecisionInput, type Round, startRound } from '../judge/round.ts'
import type { Policy } from '../policy/policy.ts'
import { indexPolicies, type PolicyIndex } from '../policy/policy-index.ts'
import { MAX_ANSWER } from '../request/limits.ts'
import type { Subject } from '../subject/subject.ts'
import { explainFiles } from './explain-files.ts'
import { explainPolicy } from './explain-policy.ts'
import type { Explanation, PolicyExplanation, SubjectExplanation } from './explanation.ts'

/** Characters of the JSON of one policy, apart from its texts. */
const PER_POLICY = 150

/**
 * Explains every policy for each subject that the request names, with `facts` as far as they were fetched. Stops at a subject
 * once the explanation is as long as an answer may be.
 */
export function explain(input: DecisionInput, facts: Facts): Explanation {
  const { request } = input
  const round = startRound(input, facts)
  const index = request.onDemand ? indexPolicies([request.onDemand]) : input.policies
  const passedOver = new Map<string, PassedOver>() // by the type's id: an unknown type is a new object for each subject
  const subjects: SubjectExplanation[] = []
  let length = 0
  for (const subject of request.subjects) {
    if (length > MAX_ANSWER) return { subjects, isComplete: false }
    const ofType = passedOver.get(subject.type.id) ?? explainPassedOver(subject, index, round)
    passedOver.set(subject.type.id, ofType)
    const explained = explainSubject(subject, index.all, ofType, round)
    length += lengthOf(explained)
    subjects.push(explained)
  }
  return { subjects, isComplete: true }
}

/** One entry per policy, in load order: why it does not apply to subjects of a type, or null where it does. */
type PassedOver = readonly (PolicyExplanation | null)[]

function explainPassedOver(subject: Subject, index: PolicyIndex, round: Round): PassedOver {
  const { request } = round
  const applicable = new Set(index.applicable(request, subject.type))
  return index.all.map((policy) =>
    applicable.has(policy)
      ? null
      : explainPolicy(policy, subject, round, firstMismatch(policy, request, subject.type)),
  )
}

function explainSubject(
  subject: Subject,
  all: readonly Policy[],
  passedOver: PassedOver,
  round: Round,
): SubjectExplanation {
  const policies = all.map(
    (policy, position) => passedOver[position] ?? explainPolicy(policy, subject, round, null),
  )
  const checked = all.filter(
    (policy, position) => !passedOver[position] && packageVerdict(policy, subject) === 'checked',
  )
  return { subject, policies, files: explainFiles(checked, subject, round) }
}

function lengthOf({ subject, policies, files }: SubjectExplanation): number {
  const ofPolicies = (list: readonly PolicyExplanation[]) =>
    list.reduce(
      (sum, { policy, failed }) =>
        sum + PER_POLICY + (policy.id?.length ?? 0) + (failed?.because.length ?? 0),
      0,
    )
  const ofFiles = files.reduce(
    (sum, { url, because, policies: inFile }) =>
      sum +
      PER_POLICY +
      (url?.length ?? 0) * (inFile.length + 1) +
      (because?.length ?? 0) +
      ofPolicies(inFile),
    0,
  )
  return subject.identifier.length + ofPolicies(policies) + ofFiles
}
