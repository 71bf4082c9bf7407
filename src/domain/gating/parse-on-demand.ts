/** The policy made of the rules that a request brings along (spec/greenwave 3.3). */
import { type Lookup, optional, readAttributes, required } from './attributes.ts'
import { DefinitionError } from './definition-error.ts'
import { JSON_NOTATION } from './json-notation.ts'
import { MAX_PATTERN_TEXT, MAX_PATTERNS } from './limits.ts'
import type { Policy } from './policy.ts'
import { policyOf } from './policy-attributes.ts'

const NAME = 'on-demand-policy'
const { text, rules } = JSON_NOTATION

/**
 * One policy for all subjects of the request; throws `DefinitionError`. The gating point and the subject types that a
 * request may name beside its rules have no meaning for it and are not read.
 */
export function parseOnDemandPolicy(lookup: Lookup<unknown>, productVersion: string): Policy {
  const table = {
    id: optional(text, NAME),
    product_versions: optional(patterns, [productVersion]),
    rules: required(rules),
    excluded_packages: optional(patterns, []),
    packages: optional(patterns, []),
  }
  const read = readAttributes(table, lookup)
  for (const rule of read.rules) if (rule.kind === 'RemoteRule') bounded(rule.sources)
  return policyOf('on-demand', {
    ...read,
    decision_context: NAME,
    decision_contexts: [],
    subject_type: 'unused',
    subject_types: [],
  })
}

function patterns(value: unknown): readonly string[] {
  return bounded(JSON_NOTATION.texts(value))
}

function bounded(list: readonly string[]): readonly string[] {
  const tooMuch = list.length > MAX_PATTERNS || list.some((pattern) => pattern.length > MAX_PATTERN_TEXT)
  if (!tooMuch) return list
  throw new DefinitionError(
    `Expected at most ${MAX_PATTERNS} texts of at most ${MAX_PATTERN_TEXT} characters`,
  )
}
