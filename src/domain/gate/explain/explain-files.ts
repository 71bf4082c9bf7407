/** Explains the search for rule files: each location that was tried, what became of it, and the policies that it has. */

import { type FoundFile, findFile } from '../judge/find-file.ts'
import { parentsOf } from '../judge/judge-subject.ts'
import { remoteMismatch } from '../judge/remote-rule.ts'
import type { Round } from '../judge/round.ts'
import type { Policy } from '../policy/policy.ts'
import type { RemoteRule, Rule } from '../policy/rule.ts'
import { wholeReason } from '../request/decision-error.ts'
import type { Subject } from '../subject/subject.ts'
import { explainPolicy } from './explain-policy.ts'
import type { FileExplanation } from './explanation.ts'

/** The files that the rules of `checked` demand, in the order of the rules, as far as they were tried. */
export function explainFiles(checked: readonly Policy[], subject: Subject, round: Round): FileExplanation[] {
  const remote = checked.flatMap(({ rules }) => rules).filter((rule) => rule.kind === 'RemoteRule')
  const once = new Map(remote.map((rule) => [rule.key, rule]))
  return [...once.values()].flatMap((rule) =>
    locationsOf(rule, parentsOf(rule, checked, subject), subject, round),
  )
}

function locationsOf(
  rule: RemoteRule & Rule,
  parents: readonly Policy[],
  subject: Subject,
  round: Round,
): FileExplanation[] {
  const isOnDemand = parents.some(({ kind }) => kind === 'on-demand')
  const found = findFile(rule, subject, isOnDemand, round)
  const explained = (policy: Policy) =>
    explainPolicy(policy, subject, round, remoteMismatch(policy, subject, parents, round))
  return [...found.tried.map(absent), ...lastLocation(found, explained)]
}

function absent(url: string | null): FileExplanation {
  const because = url === null ? 'the build has no source repository' : null
  return { url, outcome: 'absent', because, policies: [] }
}

function lastLocation(
  found: FoundFile,
  explained: (policy: Policy) => FileExplanation['policies'][number],
): FileExplanation[] {
  switch (found.kind) {
    case 'pending':
    case 'none':
      return []
    case 'policies':
      return [{ url: found.url, outcome: 'read', because: null, policies: found.policies.map(explained) }]
    case 'invalid':
      return [{ url: found.url, outcome: 'invalid', because: found.details, policies: [] }]
    case 'failed':
      return [{ url: null, outcome: 'failed', because: found.error, policies: [] }]
    case 'unreadable':
      return [{ url: found.url, outcome: 'failed', because: wholeReason(found.error), policies: [] }]
  }
}
