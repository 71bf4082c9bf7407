/** Judges one subject by its policies: each rule once, in order (behaviour/greenwave 3.5). */

import type { Policy } from '../policy/policy.ts'
import type { Rule } from '../policy/rule.ts'
import type { Subject } from '../subject/subject.ts'
import type { Answer } from './answer.ts'
import type { SubjectPolicies } from './applicable.ts'
import { packageVerdict } from './applicable.ts'
import { verifyPassingTestCase } from './passing-test-case.ts'
import { verifyRemoteRule } from './remote-rule.ts'
import type { Round } from './round.ts'

type Evaluation = {
  subject: Subject
  policies: readonly Policy[]
  round: Round
  seen: Set<string>
  answers: Answer[]
}

/** The answers, as far as the facts go; missing facts are added to `round.missing`. @throws DecisionError */
export function judgeSubject({ subject, policies }: SubjectPolicies, round: Round): Answer[] {
  const evaluation: Evaluation = { subject, policies, round, seen: new Set(), answers: [] }
  for (const policy of policies) judgePolicy(policy, null, evaluation)
  return evaluation.answers
}

function judgePolicy(policy: Policy, source: string | null, evaluation: Evaluation): void {
  const { subject, seen, answers } = evaluation
  const verdict = packageVerdict(policy, subject)
  if (verdict === 'excluded') answers.push({ kind: 'excluded', subject, policyId: policy.id, source })
  if (verdict !== 'checked') return
  for (const rule of policy.rules) {
    if (seen.has(rule.key)) continue
    seen.add(rule.key)
    judgeRule(rule, source, evaluation)
  }
}

function judgeRule(rule: Rule, source: string | null, evaluation: Evaluation): void {
  const { subject, policies, round, answers } = evaluation
  if (rule.kind === 'PassingTestCaseRule') {
    for (const answer of verifyPassingTestCase(rule, subject, source, round)) answers.push(answer)
    return
  }
  const remote = verifyRemoteRule(rule, subject, parentsOf(rule, policies, subject), round)
  answers.push(...remote.answers)
  for (const policy of remote.policies) judgePolicy(policy, remote.source, evaluation)
}

/** All of `policies` that demand the same file: it is read once, and applies in the decision contexts of all of them. */
export function parentsOf({ key }: Rule, policies: readonly Policy[], subject: Subject): Policy[] {
  return policies.filter(
    (policy) =>
      policy.rules.some((rule) => rule.key === key) && packageVerdict(policy, subject) === 'checked',
  )
}
