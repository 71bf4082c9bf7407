/** Parses a request for a decision, with every check of behaviour/greenwave 3.1 in its order and with its text. */

import { parseInstant } from '../../domain/gate/policy/instant.ts'
import type { Policy } from '../../domain/gate/policy/policy.ts'
import { DecisionError } from '../../domain/gate/request/decision-error.ts'
import { MAX_CONTEXTS, MAX_SUBJECTS, MAX_TEXT } from '../../domain/gate/request/limits.ts'
import type { DecisionRequest } from '../../domain/gate/request/request.ts'
import type { SubjectTypes } from '../../domain/gate/subject/subject-type.ts'
import { isJsonObject } from '../../lib/json.ts'
import { DefinitionError } from '../notation/error.ts'
import { isFalsy, type JsonObject, lookupIn } from '../notation/json.ts'
import { costFault, parseOnDemandPolicy } from './parse-on-demand.ts'
import { type ParsedSubjects, parseSubjects } from './parse-subjects.ts'

/** Reads the parsed JSON body. @throws DecisionError that names the first invalid field */
export function parseDecisionRequest(
  json: unknown,
  types: SubjectTypes,
  maxSubjects = MAX_SUBJECTS,
): DecisionRequest {
  if (!isJsonObject(json)) throw bad('Invalid request, must be a JSON object')
  const value = lookupIn(json)
  const productVersion = parseProductVersion(value('product_version'))
  const contexts = parseContexts(json)
  const parsed = () => parseSubjects(json, types, maxSubjects)
  const onDemand = contexts.length === 0 ? parseRules(json, parsed(), productVersion) : null
  const verbose = parseFlag('verbose', value('verbose'))
  const explain = parseFlag('explain', value('explain'))
  const when = parseWhen(value('when'))
  const ignoredResults = parseIds('ignore_result', value('ignore_result'))
  const ignoredWaivers = parseIds('ignore_waiver', value('ignore_waiver'))
  const { subjects, malformed } = onDemand?.parsed ?? parsed()
  return {
    productVersion,
    contexts,
    subjects,
    malformedSubject: malformed,
    verbose,
    explain,
    ignoredResults,
    ignoredWaivers,
    when,
    onDemand: onDemand?.policy ?? null,
  }
}

function parseProductVersion(value: unknown): string {
  if (isFalsy(value)) throw bad('Missing required product version')
  return text('product_version', value)
}

/** Empty when the request brings rules instead. A single value counts as a list of one. */
function parseContexts(json: JsonObject): string[] {
  const value = lookupIn(json)
  const written = value('decision_context')
  const hasRules = !isFalsy(value('rules'))
  if (isFalsy(written) && !hasRules) throw bad('Either decision_context or rules is required.')
  const list = listOf(written)
  if (list.length > 0 && hasRules) throw bad('Cannot have both decision_context and rules')
  if (list.length > MAX_CONTEXTS)
    throw bad(`Invalid decision_context, must not list more than ${MAX_CONTEXTS}`)
  return list.map((context) => text('decision_context', context))
}

function listOf(written: unknown): unknown[] {
  if (written === undefined) return []
  return Array.isArray(written) ? written : [written]
}

function parseRules(
  json: JsonObject,
  parsed: ParsedSubjects,
  productVersion: string,
): { parsed: ParsedSubjects; policy: Policy } {
  if (parsed.malformed) throw parsed.malformed
  const policy = onDemandPolicy(json, productVersion)
  const fault = costFault(policy, parsed.subjects)
  if (fault !== null) throw bad(fault)
  return { parsed, policy }
}

function onDemandPolicy(json: JsonObject, productVersion: string): Policy {
  try {
    return parseOnDemandPolicy(lookupIn(json), productVersion)
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    throw bad(`Failed to parse on demand policy: ${error.message}`)
  }
}

function parseFlag(name: string, value: unknown): boolean {
  if (value === undefined) return false
  if (typeof value !== 'boolean') throw bad(`Invalid ${name} flag, must be a bool`)
  return value
}

const WHEN = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}$/

function parseWhen(value: unknown): string | null {
  if (isFalsy(value)) return null
  if (typeof value === 'string' && WHEN.test(value) && parseInstant(value) !== null) return value
  throw bad('Invalid "when" parameter, must be in ISO8601 format')
}

/** Ids as numbers, or as text, which CI Board sends: Greenwave checked neither. */
function parseIds(name: string, value: unknown): ReadonlySet<number> {
  const ids = value ?? []
  if (Array.isArray(ids) && ids.every(isId)) return new Set(ids.map(Number))
  throw bad(`Invalid ${name}, must be a list of integers`)
}

function isId(value: unknown): boolean {
  return typeof value === 'string' ? /^\d+$/.test(value) : Number.isInteger(value)
}

function text(name: string, value: unknown): string {
  if (typeof value !== 'string') throw bad(`Invalid ${name}, must be a string`)
  if (value.length > MAX_TEXT) throw bad(`Invalid ${name}, must not be longer than ${MAX_TEXT} characters`)
  return value
}

function bad(message: string): DecisionError {
  return new DecisionError('bad-request', message)
}
