/** Makes a policy of the rules in a request (behaviour/greenwave 3.3). */

import { isWild } from '../../domain/gate/policy/glob.ts'
import type { Policy } from '../../domain/gate/policy/policy.ts'
import type { Rule } from '../../domain/gate/policy/rule.ts'
import {
  MAX_ANSWER,
  MAX_DEMANDS,
  MAX_MATCHING,
  MAX_PATTERN_TEXT,
  MAX_PATTERNS,
  MAX_TEXT,
} from '../../domain/gate/request/limits.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import { type Lookup, optional, policyOf, readAttributes, required } from '../notation/attributes.ts'
import { DefinitionError } from '../notation/error.ts'
import { JSON_NOTATION } from '../notation/json.ts'

const NAME = 'on-demand-policy'
const { text, texts, rules } = JSON_NOTATION

/**
 * Makes one policy for all subjects of the request. Decision contexts and subject types next to the rules are checked like the
 * other attributes, but have no effect. @throws DefinitionError
 */
export function parseOnDemandPolicy(lookup: Lookup<unknown>, productVersion: string): Policy {
  // The order decides which of several faults is reported.
  const table = {
    id: optional(boundedText, NAME),
    product_versions: optional(patterns, [productVersion]),
    decision_contexts: optional(texts, []),
    subject_types: optional(texts, []),
    rules: required(boundedRules),
    excluded_packages: optional(patterns, []),
    packages: optional(patterns, []),
    relevance_key: optional(text, null),
    relevance_value: optional(text, null),
  }
  const unused = {
    decision_context: NAME,
    decision_contexts: [],
    subject_type: 'unused',
    subject_types: [],
    relevance_key: null,
    relevance_value: null,
  }
  return policyOf('on-demand', { ...readAttributes(table, lookup), ...unused }, null)
}

/** Why the policy is too expensive to judge for these subjects; null: it is not. */
export function costFault(policy: Policy, subjects: readonly Subject[]): string | null {
  const demands = policy.rules.flatMap((rule) =>
    rule.kind === 'RemoteRule' ? ['', ...rule.sources] : [rule.testCaseName + (rule.scenario ?? '')],
  )
  if (demands.length * subjects.length > MAX_DEMANDS) {
    return `Invalid rules, must not demand more than ${MAX_DEMANDS} tests and files of all subjects together`
  }
  // An unmet requirement names its subject twice in the answer.
  const ofSubjects = characters(subjects.map(({ type, identifier }) => type.id + identifier)) * 2
  const answer = ofSubjects * demands.length + characters(demands) * subjects.length
  if (answer > MAX_ANSWER) return 'Invalid rules, too many for identifiers this long'
  const patterns = [...policy.packages.patterns, ...policy.excludedPackages.patterns].filter(isWild)
  const matching = characters(patterns) * characters(subjects.map(({ identifier }) => identifier))
  return matching > MAX_MATCHING ? 'Invalid packages, too many patterns for this many subjects' : null
}

function characters(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0)
}

function boundedRules(value: unknown): readonly Rule[] {
  const read = rules(value)
  for (const rule of read) {
    if (rule.kind === 'RemoteRule') bounded(rule.sources, MAX_TEXT)
    else bounded([rule.testCaseName, rule.scenario ?? ''], MAX_TEXT)
  }
  return read
}

function boundedText(value: unknown): string | null {
  const read = text(value)
  bounded([read ?? ''], MAX_TEXT)
  return read
}

function patterns(value: unknown): readonly string[] {
  return bounded(JSON_NOTATION.texts(value), MAX_PATTERN_TEXT)
}

function bounded(list: readonly string[], maxLength: number): readonly string[] {
  if (list.length <= MAX_PATTERNS && list.every(({ length }) => length <= maxLength)) return list
  throw new DefinitionError(`Expected at most ${MAX_PATTERNS} texts of at most ${maxLength} characters`)
}
