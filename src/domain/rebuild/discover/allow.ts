/** Judges whether the operators' rules let a handler rebuild something: the allow list must match and the block list must not. */
import { z } from 'zod'
import type { Criteria } from './criteria.ts'
import { type CompiledRule, matchRule, ruleSchema } from './rule-language.ts'
import { GLOBAL } from './rule-names.ts'

/** Rules by handler name (or `global`) and artifact type in lower case (`image`). */
export type RuleList = Readonly<Record<string, Readonly<Record<string, CompiledRule>>>>

/** Both lists of the configuration. */
export type AllowRules = { allow: RuleList; block: RuleList }

/** The decision and its explanation: which rule matched, or which value did not. */
export type Allowance = { allowed: boolean; because: string }

/** Schema of `handler_build_allowlist` and `handler_build_blocklist`; each invalid rule is reported with its handler. */
export function ruleListSchema(list: 'allowlist' | 'blocklist') {
  const raw = z.record(z.string(), z.record(z.string(), z.unknown()))
  return raw.transform((written, context): RuleList => {
    const compiled: Record<string, Record<string, CompiledRule>> = {}
    for (const [handler, byType] of Object.entries(written)) {
      compiled[handler] = {}
      for (const [artifactType, rule] of Object.entries(byType)) {
        const result = ruleSchema.safeParse(rule)
        if (result.success) compiled[handler][artifactType] = result.data
        for (const issue of result.error?.issues ?? []) {
          const message = `Error while compiling ${list} rule for <handler(${handler}) artifact(${artifactType})>: ${issue.message}`
          context.addIssue({ code: 'custom', message, path: [handler, artifactType], input: rule })
        }
      }
    }
    return compiled
  })
}

/** The rule in effect for a handler: its own section overrides the global one per artifact type. */
export function effectiveRule(
  rules: RuleList,
  handlerName: string,
  artifactType: string,
): CompiledRule | null {
  return ruleFor(rules, handlerName, artifactType) ?? ruleFor(rules, GLOBAL, artifactType) ?? null
}

/** Applies both lists; without an allow rule nothing is allowed, without a block rule nothing is blocked. */
export function isAllowed(
  rules: AllowRules,
  handlerName: string,
  artifactType: string,
  criteria: Criteria,
): Allowance {
  const allow = effectiveRule(rules.allow, handlerName, artifactType)
  if (!allow) return { allowed: false, because: `no allow rule for ${handlerName} and ${artifactType}` }
  const allowing = matchRule(allow, criteria)
  if (!allowing.matched)
    return { allowed: false, because: `the allow rule does not match: ${allowing.because()}` }
  const block = effectiveRule(rules.block, handlerName, artifactType)
  const blocking = block ? matchRule(block, criteria) : null
  if (blocking?.matched) return { allowed: false, because: `the block rule matches: ${blocking.because()}` }
  return { allowed: true, because: `the allow rule matches: ${allowing.because()}` }
}

/** Looks at own properties only: a handler called `constructor` has no rules. */
function ruleFor(rules: RuleList, handler: string, artifactType: string): CompiledRule | undefined {
  const section = Object.hasOwn(rules, handler) ? rules[handler] : undefined
  return section && Object.hasOwn(section, artifactType) ? section[artifactType] : undefined
}
