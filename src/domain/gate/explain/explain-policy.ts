/** Explains why a policy does not apply to a subject, or what it leaves out, by the first condition that failed. */

import { packageVerdict } from '../judge/applicable.ts'
import { isInForce } from '../judge/passing-test-case.ts'
import type { Round } from '../judge/round.ts'
import { contextsOf, type Policy, subjectTypesOf } from '../policy/policy.ts'
import type { Instant, PassingTestCaseRule } from '../policy/rule.ts'
import { DecisionError } from '../request/decision-error.ts'
import { packageNameOf, type Subject } from '../subject/subject.ts'
import type { Condition, PolicyExplanation } from './explanation.ts'

/** Explains one policy; `mismatch`: the first condition that keeps it from applying, null when it applies. */
export function explainPolicy(
  policy: Policy,
  subject: Subject,
  round: Round,
  mismatch: Condition | null,
): PolicyExplanation {
  const condition = mismatch ?? firstLeftOut(policy, subject, round)
  const failed = condition && { condition, because: REASONS[condition](policy, subject, round) }
  return { policy, applied: mismatch === null, failed }
}

const OF_PACKAGE = { checked: null, excluded: 'excluded package', 'not-listed': 'listed package' } as const

/** What a policy that applies leaves out: the package, or rules that are not in force for the build. */
function firstLeftOut(policy: Policy, subject: Subject, round: Round): Condition | null {
  const ofPackage = OF_PACKAGE[packageVerdict(policy, subject)]
  if (ofPackage) return ofPackage
  return rulesOutOfTime(policy, subject, round).length > 0 ? 'valid time' : null
}

const REASONS = {
  'decision context': (policy, _subject, { request }) =>
    `it applies to ${listed(contextsOf(policy))}, not to ${listed(request.contexts)}`,
  'product version': ({ productVersions }, _subject, { request }) =>
    `it applies to ${listed(productVersions.patterns)}, not to ${cut(request.productVersion)}`,
  'subject type': (policy, { type }) =>
    `it applies to ${listed(subjectTypesOf(policy))}, not to ${cut(type.id)}`,
  'parent policy': (_policy, _subject, { request }) =>
    request.onDemand
      ? `it applies to no product version of the request's rules`
      : 'it shares no decision context with the policies that refer to its file',
  'excluded package': (_policy, subject) => `${packageOf(subject)} is one of its excluded packages`,
  'listed package': (_policy, subject) => `${packageOf(subject)} is not one of its packages`,
  'valid time': (policy, subject, round) => rulesOutOfTime(policy, subject, round).map(windowOf).join('; '),
} as const satisfies Record<Condition, (policy: Policy, subject: Subject, round: Round) => string>

/** Rules that are known not to be in force for the build: without its creation time, a rule counts as in force. */
function rulesOutOfTime({ rules }: Policy, subject: Subject, round: Round): PassingTestCaseRule[] {
  return rules.filter(
    (rule) => rule.kind === 'PassingTestCaseRule' && isKnownOutOfTime(rule, subject, round),
  ) as PassingTestCaseRule[] // the filter keeps no other kind
}

function isKnownOutOfTime(rule: PassingTestCaseRule, subject: Subject, round: Round): boolean {
  try {
    return isInForce(rule, subject, round) === false
  } catch (error) {
    if (error instanceof DecisionError) return false
    throw error
  }
}

function windowOf({ testCaseName, validSince, validUntil }: PassingTestCaseRule): string {
  const bounds = [
    ...(validSince === null ? [] : [`since ${timeOf(validSince)}`]),
    ...(validUntil === null ? [] : [`until ${timeOf(validUntil)}`]),
  ]
  return `${cut(testCaseName)} applies to builds created ${bounds.join(' and ')}`
}

function timeOf(instant: Instant): string {
  return new Date(instant).toISOString()
}

function packageOf(subject: Subject): string {
  return cut(packageNameOf(subject) ?? '')
}

const MAX_NAMES = 20
const MAX_NAME = 200

/** Names may be long and many, and are repeated for each subject. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map(cut).join(', ')
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown
}

function cut(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}...` : name
}
