/** Fills URL templates to find the locations where a subject's rule file may be (behaviour/greenwave 4.1 to 4.3). */

import { repr } from '../../python/text.ts'
import type { BuildFact } from '../facts/facts.ts'
import type { RemoteRule } from '../policy/rule.ts'
import { DecisionError } from '../request/decision-error.ts'
import type { GateSettings } from '../request/settings.ts'
import { describeSubject, type Subject } from '../subject/subject.ts'
import { parseScmUrl } from './scm-url.ts'

/** A filled template: a URL, a build to look up first, `nowhere` for a build without sources, or a failure to report. */
export type FileLocation =
  | { kind: 'url'; url: string }
  | { kind: 'needs-build'; nvr: string }
  | { kind: 'nowhere' }
  | { kind: 'failed'; error: string }

type Values = Readonly<Record<string, string>>

const PLACEHOLDER = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g
const FROM_BUILD = ['{pkg_name}', '{pkg_namespace}', '{rev}']
const KNOWN = [...FROM_BUILD, '{subject_id}']

/** What is wrong with a template whatever it is filled with; undefined for a usable one. */
export function templateProblem(template: string): string | undefined {
  if (!/^https?:\/\//i.test(template)) return 'must begin with https:// or http://'
  const isUnknown = ([written]: RegExpExecArray) => !['{{', '}}', ...KNOWN].includes(written)
  const unknown = template.matchAll(PLACEHOLDER).find(isUnknown)
  return unknown && `has ${unknown[0]}, which is not a placeholder; known are ${KNOWN.join(', ')}`
}

/** The templates to try, in order. @throws DecisionError when none is configured for the type */
export function templatesFor(rule: RemoteRule, subject: Subject, settings: GateSettings): readonly string[] {
  const { type } = subject
  if (rule.sources.length > 0) return rule.sources
  const { remoteRulePolicies: byType, distGitUrlTemplate } = settings
  const templates = byType.get(type.id) ?? byType.get('*') ?? (distGitUrlTemplate ? [distGitUrlTemplate] : [])
  if (templates.length > 0) return templates
  const where = `a remote rule for ${describeSubject(subject)} subject`
  throw unexpected(misconfigured(`Cannot use ${where} as it has not been configured`))
}

/** Fills a template. @throws DecisionError when the build cannot be looked up or the template is wrong */
export function locate(
  template: string,
  subject: Subject,
  builds: ReadonlyMap<string, BuildFact>,
  kojiBaseUrl: string,
): FileLocation {
  const values = { subject_id: subject.identifier.replace(/^sha256:/, '') }
  if (!FROM_BUILD.some((placeholder) => template.includes(placeholder))) return filled(template, values)
  const nvr = subject.identifier
  if (!nvr.includes('-')) {
    return failed(`Failed to get remote policies: 400 Bad Request: Invalid NVR format: ${repr(nvr)}`)
  }
  const fact = builds.get(nvr)
  if (!fact) return { kind: 'needs-build', nvr }
  if (fact.kind === 'failed') throw fact.isUnreachable ? unexpected(fact.error) : fact.error
  if (fact.kind === 'absent') return failed(`Koji build not found for ${describeSubject(subject)}`)
  const { sourceUrl } = fact.build
  if (!sourceUrl) return { kind: 'nowhere' }
  const scm = parseScmUrl(sourceUrl)
  if (!scm) return failed(noRevision(sourceUrl, nvr, kojiBaseUrl))
  const pkg_namespace = scm.namespace && `${scm.namespace}/`
  return filled(template, { ...values, pkg_name: scm.name, pkg_namespace, rev: scm.revision })
}

/** Doubled braces are literal braces, as in Python's `format`. */
function filled(template: string, values: Values): FileLocation {
  const url = template.replace(PLACEHOLDER, (written, name?: string) => {
    if (written === '{{' || written === '}}') return written.charAt(0)
    const value = name !== undefined && Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined)
      throw unexpected(
        misconfigured(`The URL template ${template} has ${written}, which is not a placeholder`),
      )
    return value
  })
  return { kind: 'url', url }
}

function failed(error: string): FileLocation {
  return { kind: 'failed', error }
}

function noRevision(sourceUrl: string, nvr: string, kojiBaseUrl: string): string {
  const where = `"${sourceUrl}" from Koji build "${nvr}" at "${kojiBaseUrl}"`
  return `Failed to parse SCM URL ${where} (missing URL fragment with SCM revision information)`
}

/** The text of the original, which hides the cause; log and `explanation` have it (behaviour/greenwave 4.3). */
function unexpected(cause: DecisionError): DecisionError {
  return new DecisionError('upstream-failed', 'Unexpected error while fetching remote policies', { cause })
}

function misconfigured(reason: string): DecisionError {
  return new DecisionError('upstream-failed', reason)
}
