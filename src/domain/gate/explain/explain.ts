/** Explains a decision by the very functions that made it: for each subject its policies and rule files. */

import type { Facts } from '../facts/facts.ts'
import { firstMismatch, packageVerdict } from '../judge/applicable.ts'
import { type DecisionInput, type Round, startRound } from '../judge/round.ts'
import type { Policy } from '../policy/policy.ts'
import { MAX_ANSWER } from '../request/limits.ts'
import type { Subject } from '../subject/subject.ts'
import { explainFiles } from './explain-files.ts'
import { explainPolicy } from './explain-policy.ts'
import type { Explanation, PolicyExplanation, SubjectExplanation } from './explanation.ts'

/** Characters of the JSON of one policy, besides its texts. */
const PER_POLICY = 150

/**
 * Explains every policy for each subject that the request names, with `facts` as far as they were fetched. Stops at a subject
 * once the explanation is as long as an answer may be.
 */
export function explain(input: DecisionInput, facts: Facts): Explanation {
  const { request } = input
  const round = startRound(input, facts)
  const policies = request.onDemand ? [request.onDemand] : input.policies.all
  const subjects: SubjectExplanation[] = []
  let length = 0
  for (const subject of request.subjects) {
    if (length > MAX_ANSWER) return { subjects, isComplete: false }
    const explained = explainSubject(subject, policies, round)
    length += lengthOf(explained)
    subjects.push(explained)
  }
  return { subjects, isComplete: true }
}

function explainSubject(subject: Subject, all: readonly Policy[], round: Round): SubjectExplanation {
  const policies = all.map((policy) =>
    explainPolicy(policy, subject, round, firstMismatch(policy, round.request, subject.type)),
  )
  const checked = policies.filter(
    ({ applied, policy }) => applied && packageVerdict(policy, subject) === 'checked',
  )
  return {
    subject,
    policies,
    files: explainFiles(
      checked.map(({ policy }) => policy),
      subject,
      round,
    ),
  }
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
