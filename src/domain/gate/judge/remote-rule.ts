/** Checks the rule file of a subject: the answers about it, and its policies that apply (behaviour/greenwave 4.4 to 4.6). */

import { contextsOf, type Policy } from '../policy/policy.ts'
import type { RemoteRule } from '../policy/rule.ts'
import type { Subject } from '../subject/subject.ts'
import type { RemoteAnswer } from './answer.ts'
import { firstMismatch, type MatchingCondition } from './applicable.ts'
import { findFile } from './find-file.ts'
import type { Round } from './round.ts'

/** The outcome of the rule; both lists are empty when something has to be fetched first. `source`: URL of the file. */
export type RemoteVerdict = { answers: RemoteAnswer[]; policies: readonly Policy[]; source: string | null }

/**
 * `parents`: the policies with this rule; the file's policies must share a decision context with one of them.
 * @throws DecisionError when a location of the file cannot be named or read
 */
export function verifyRemoteRule(
  rule: RemoteRule,
  subject: Subject,
  parents: readonly Policy[],
  round: Round,
): RemoteVerdict {
  const isOnDemand = parents.some((policy) => policy.kind === 'on-demand')
  const found = findFile(rule, subject, isOnDemand, round)
  const verdict = (answers: RemoteAnswer[]): RemoteVerdict => ({ answers, policies: [], source: null })
  const sources = found.tried.filter((url) => url !== null)
  if (found.kind === 'pending') return verdict([])
  if (found.kind === 'unreadable') throw found.error
  if (found.kind === 'failed') return verdict([{ kind: 'file-failed', subject, sources, error: found.error }])
  if (found.kind === 'none') return verdict(rule.required ? [{ kind: 'file-missing', subject, sources }] : [])
  const fetched: RemoteAnswer = { kind: 'file-fetched', subject, source: found.url }
  if (found.kind === 'invalid') {
    return verdict([fetched, { kind: 'file-invalid', subject, source: found.url, details: found.details }])
  }
  const policies = found.policies.filter((policy) => remoteMismatch(policy, subject, parents, round) === null)
  return { answers: [fetched], policies, source: found.url }
}

/** The first condition that keeps a policy of the file from applying; null: it applies (behaviour/greenwave 4.6). */
export function remoteMismatch(
  policy: Policy,
  subject: Subject,
  parents: readonly Policy[],
  { request }: Round,
): MatchingCondition | 'parent policy' | null {
  const mismatch = firstMismatch(policy, request, subject.type)
  if (mismatch) return mismatch
  return parents.some((parent) => isUnder(policy, parent)) ? null : 'parent policy'
}

/** Rules of a request have no decision contexts: there the product version has to match instead. */
function isUnder(policy: Policy, parent: Policy): boolean {
  if (parent.kind === 'on-demand')
    return parent.productVersions.patterns.some((version) => policy.productVersions.matches(version))
  const contexts = contextsOf(parent)
  return contextsOf(policy).some((context) => contexts.includes(context))
}
