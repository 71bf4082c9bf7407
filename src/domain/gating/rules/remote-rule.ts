/** Finds the rule file of a subject, and in it the policies that the rule puts in force (spec/greenwave 4.4 to 4.6). */
import type { RemoteAnswer } from '../answer.ts'
import { firstMismatch } from '../applicable.ts'
import { DecisionError } from '../decision-error.ts'
import { contextsOf, type Policy } from '../policy.ts'
import { locate, templatesFor } from '../remote-url.ts'
import type { Subject } from '../subject.ts'
import type { RemoteRule } from './rule.ts'
import type { World } from './world.ts'

/** What the rule comes to; both empty where something has to be fetched first. */
export type RemoteVerdict = { answers: RemoteAnswer[]; policies: readonly Policy[]; source: string | null }

type Found =
  | { kind: 'pending' }
  | { kind: 'none'; tried: string[] }
  | { kind: 'failed'; tried: string[]; error: string }
  | { kind: 'invalid'; url: string; details: string }
  | { kind: 'policies'; url: string; policies: readonly Policy[] }

/** `parents`: the policies that have the rule; those of the file must share a gating point with one of them. */
export function verifyRemoteRule(
  rule: RemoteRule,
  subject: Subject,
  parents: readonly Policy[],
  world: World,
): RemoteVerdict {
  const found = find(rule, subject, parents, world)
  const verdict = (answers: RemoteAnswer[]): RemoteVerdict => ({ answers, policies: [], source: null })
  if (found.kind === 'pending') return verdict([])
  if (found.kind === 'failed') {
    return verdict([{ kind: 'file-failed', subject, sources: found.tried, error: found.error }])
  }
  if (found.kind === 'none') {
    return verdict(rule.required ? [{ kind: 'file-missing', subject, sources: found.tried }] : [])
  }
  const fetched: RemoteAnswer = { kind: 'file-fetched', subject, source: found.url }
  if (found.kind === 'invalid') {
    return verdict([fetched, { kind: 'file-invalid', subject, source: found.url, details: found.details }])
  }
  const policies = found.policies.filter((policy) => isInForce(policy, subject, parents, world))
  return { answers: [fetched], policies, source: found.url }
}

/**
 * Tries the templates in order. Only when the first file turns out to be missing are all others asked for, together:
 * their number then costs no time, and the usual case no needless request.
 */
function find(rule: RemoteRule, subject: Subject, parents: readonly Policy[], world: World): Found {
  const { facts, wanted, settings } = world
  const tried: string[] = []
  let isPending = false
  for (const template of templatesFor(rule, subject, settings)) {
    const location = locate(template, subject, facts.builds, settings.kojiBaseUrl)
    if (location.kind === 'needs-build') {
      wanted.build(location.nvr)
      return { kind: 'pending' }
    }
    if (location.kind === 'nowhere') continue
    if (location.kind === 'failed') {
      return isPending ? { kind: 'pending' } : { kind: 'failed', tried, error: location.error }
    }
    const { url } = location
    if (rule.sources.length > 0) checkHost(url, parents, settings.onDemandSourceHosts)
    const fact = facts.files.get(url)
    if (!fact) {
      wanted.file(url)
      isPending = true
      if (tried.length === 0) break
    } else if (!isPending) {
      if (fact.kind === 'failed') throw fact.error
      if (fact.kind !== 'absent') return { url, ...fact }
    }
    tried.push(url)
  }
  return isPending ? { kind: 'pending' } : { kind: 'none', tried }
}

/** A request may not send the server to fetch from wherever it likes. */
function checkHost(url: string, parents: readonly Policy[], allowed: ReadonlySet<string>): void {
  if (parents.every((policy) => policy.kind !== 'on-demand')) return
  const parsed = URL.parse(url)
  const isWeb = parsed?.protocol === 'https:' || parsed?.protocol === 'http:'
  if (isWeb && allowed.has(parsed.host) && !parsed.username && !parsed.password) return
  throw new DecisionError(400, `Source ${url} is not on an allowed host`)
}

function isInForce(
  policy: Policy,
  subject: Subject,
  parents: readonly Policy[],
  { request }: World,
): boolean {
  return (
    firstMismatch(policy, request, subject.type) === null && parents.some((parent) => isUnder(policy, parent))
  )
}

/** Gating points have no meaning for the rules of a request: there the product version has to fit. */
function isUnder(policy: Policy, parent: Policy): boolean {
  if (parent.kind === 'on-demand')
    return parent.productVersions.patterns.some((one) => policy.productVersions.matches(one))
  const contexts = contextsOf(parent)
  return contextsOf(policy).some((context) => contexts.includes(context))
}
