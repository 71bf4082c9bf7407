/** Searches for the rule file of a subject, one location after another (behaviour/greenwave 4.1 to 4.4). */

import type { Policy } from '../policy/policy.ts'
import type { RemoteRule } from '../policy/rule.ts'
import { DecisionError } from '../request/decision-error.ts'
import type { Subject } from '../subject/subject.ts'
import { type FileLocation, locate, templatesFor } from './remote-url.ts'
import type { Round } from './round.ts'

/**
 * The state of the search. `pending`: something has to be fetched first. `failed`: the build has no such file, for the reason
 * in `error`. `unreadable`: no decision can be made; `url` is null when none could be made of the template.
 */
type Found =
  | { kind: 'pending' }
  | { kind: 'none' }
  | { kind: 'failed'; error: string }
  | { kind: 'unreadable'; url: string | null; error: DecisionError }
  | { kind: 'invalid'; url: string; details: string }
  | { kind: 'policies'; url: string; policies: readonly Policy[] }

/** The part of a round that the search needs. */
export type FileRound = Pick<Round, 'facts' | 'missing' | 'settings'>

/** `tried`: the URLs tried before that have no file; null stands for a template that needs sources which the build does not have. */
export type FoundFile = Found & { tried: readonly (string | null)[] }

/** Continues the search as far as the facts go. `isOnDemand`: the rule comes from the request. */
export function findFile(
  rule: RemoteRule,
  subject: Subject,
  isOnDemand: boolean,
  round: FileRound,
): FoundFile {
  const tried: (string | null)[] = []
  try {
    return { ...search(rule, subject, isOnDemand, round, tried), tried }
  } catch (error) {
    if (error instanceof DecisionError) return { kind: 'unreadable', url: null, error, tried }
    throw error
  }
}

/** Adds the locations without a file to `tried`. @throws DecisionError when a URL cannot be made */
function search(
  rule: RemoteRule,
  subject: Subject,
  isOnDemand: boolean,
  round: FileRound,
  tried: (string | null)[],
): Found {
  const { facts, missing, settings } = round
  const templates = templatesFor(rule, subject, settings)
  const isFromRequest = isOnDemand && rule.sources.length > 0
  const locationFor = (template: string) => locationOf(template, subject, isFromRequest, round)
  for (const [index, template] of templates.entries()) {
    const location = locationFor(template)
    if (location.kind === 'needs-build') {
      missing.build(location.nvr)
      return { kind: 'pending' }
    }
    if (location.kind === 'failed') return location
    if (location.kind === 'nowhere') {
      tried.push(null)
      continue
    }
    const { url } = location
    const fact = facts.files.get(url)
    if (!fact) {
      missing.file([url, ...urlsOf(templates.slice(index + 1), locationFor)])
      return { kind: 'pending' }
    }
    if (fact.kind === 'failed') return { kind: 'unreadable', url, error: fact.error }
    if (fact.kind !== 'absent') return { url, ...fact }
    tried.push(url)
  }
  return { kind: 'none' }
}

/** The next URLs, up to the first template that cannot be filled: whether that one is needed is not known yet. */
function urlsOf(templates: readonly string[], locationFor: (template: string) => FileLocation): string[] {
  const urls: string[] = []
  try {
    for (const template of templates) {
      const location = locationFor(template)
      if (location.kind === 'url') urls.push(location.url)
      else if (location.kind !== 'nowhere') break
    }
  } catch (error) {
    if (!(error instanceof DecisionError)) throw error
  }
  return urls
}

function locationOf(
  template: string,
  subject: Subject,
  isFromRequest: boolean,
  { facts, settings }: FileRound,
): FileLocation {
  const location = locate(template, subject, facts.builds, settings.kojiBaseUrl)
  if (isFromRequest && location.kind === 'url') checkHost(location.url, settings.onDemandSourceHosts)
  return location
}

/** Guards against SSRF: a request must not make the server fetch from arbitrary hosts. */
function checkHost(url: string, allowed: ReadonlySet<string>): void {
  const parsed = URL.parse(url)
  const isWeb = parsed?.protocol === 'https:' || parsed?.protocol === 'http:'
  if (isWeb && allowed.has(parsed.host) && !parsed.username && !parsed.password) return
  throw new DecisionError('bad-request', `Source ${url} is not on an allowed host`)
}
