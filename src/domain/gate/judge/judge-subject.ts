/** Judges one subject by its policies: every rule once, in order (behaviour/greenwave 3.5). */

import type { Policy } from '../policy/policy.ts'
import type { Rule } from '../policy/rule.ts'
import type { Subject } from '../subject/subject.ts'
import type { Answer } from './answer.ts'
import type { SubjectCase } from './applicable.ts'
import { packageVerdict } from './applicable.ts'
import { verifyPassingTestCase } from './passing-test-case.ts'
import { verifyRemoteRule } from './remote-rule.ts'
import type { Round } from './round.ts'

type SubjectRound = {
  subject: Subject
  policies: readonly Policy[]
  round: Round
  seen: Set<string>
  answers: Answer[]
}

/** The answers as far as the facts go; what they lack is put down in `round.missing`. Throws `DecisionError`. */
export function judgeSubject({ subject, policies }: SubjectCase, round: Round): Answer[] {
  const subjectRound: SubjectRound = { subject, policies, round, seen: new Set(), answers: [] }
  for (const policy of policies) judgePolicy(policy, null, subjectRound)
  return subjectRound.answers
}

function judgePolicy(policy: Policy, source: string | null, subjectRound: SubjectRound): void {
  const { subject, seen, answers } = subjectRound
  const verdict = packageVerdict(policy, subject)
  if (verdict === 'excluded') answers.push({ kind: 'excluded', subject, policyId: policy.id, source })
  if (verdict !== 'checked') return
  for (const rule of policy.rules) {
    if (seen.has(rule.key)) continue
    seen.add(rule.key)
    judgeRule(rule, source, subjectRound)
  }
}

function judgeRule(rule: Rule, source: string | null, subjectRound: SubjectRound): void {
  const { subject, policies, round, answers } = subjectRound
  if (rule.kind === 'PassingTestCaseRule') {
    for (const answer of verifyPassingTestCase(rule, subject, source, round)) answers.push(answer)
    return
  }
  const remote = verifyRemoteRule(rule, subject, parentsOf(rule, policies, subject), round)
  answers.push(...remote.answers)
  for (const policy of remote.policies) judgePolicy(policy, remote.source, subjectRound)
}

/** All policies that demand the same file: it is read once, and counts at the gating points of all of them. */
function parentsOf({ key }: Rule, policies: readonly Policy[], subject: Subject): Policy[] {
  return policies.filter(
    (policy) =>
      policy.rules.some((rule) => rule.key === key) && packageVerdict(policy, subject) === 'checked',
  )
}
