/** The rule language of the allow and block lists: rules are compiled once, when the settings are read (behaviour/freshmaker 6.2). */
import { z } from 'zod'
import { amount } from '../../amount.ts'
import { compilePython } from '../../python/pattern.ts'
import { shortList } from '../consideration.ts'
import type { Criteria } from './criteria.ts'

/** A pattern as the operator wrote it, in Python's dialect, and as a regular expression that is anchored only at its start. */
type Pattern = { text: string; regex: RegExp }

/** A compiled rule. */
export type CompiledRule =
  | { kind: 'leaf'; criteria: ReadonlyMap<string, readonly Pattern[]> }
  | { kind: 'any' | 'all'; rules: readonly CompiledRule[] }
  | { kind: 'never' }

/** Max sentences about the rules of one group: without it, each of thousands of images could have hundreds of sentences. */
const MAX_SENTENCES = 5

/** Whether a rule matched, and a sentence that explains why; most are never read. */
export type Match = { matched: boolean; because: () => string }

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

/**
 * `{criterion: pattern | [patterns]}`, `["any", [rules]]`, `["all", [rules]]`, or `[]`, which never matches. The output
 * is the compiled rule; each pattern that is not a valid regular expression becomes an issue that quotes it.
 */
export const ruleSchema = z.unknown().transform((written, context) => {
  const compiled = compile(written)
  if (!('problems' in compiled)) return compiled
  for (const message of compiled.problems) context.addIssue({ code: 'custom', message, input: written })
  return z.NEVER
})

/** Matches a rule against criteria. Only criteria that both the rule and the event have are compared. */
export function matchRule(rule: CompiledRule, criteria: Criteria): Match {
  if (rule.kind === 'never') return { matched: false, because: () => 'the rule is empty' }
  if (rule.kind === 'leaf') return matchLeaf(rule.criteria, criteria)
  const undecided: Match[] = []
  for (const inner of rule.rules) {
    const match = matchRule(inner, criteria)
    // The first match decides an `any`, the first miss an `all`.
    if (match.matched === (rule.kind === 'any')) return match
    undecided.push(match)
  }
  // An empty group never matches: an empty list must not allow everything.
  return { matched: rule.kind === 'all' && undecided.length > 0, because: () => sentencesOf(undecided) }
}

function sentencesOf(matches: readonly Match[]): string {
  const sentences = matches.slice(0, MAX_SENTENCES).map(({ because }) => because())
  const omitted = matches.length - sentences.length
  if (omitted > 0) sentences.push(`and ${amount(omitted, 'more rule')}`)
  return sentences.join('; ') || 'the group is empty'
}

/** Whether any of `values` can match the patterns of a criterion; true for invalid patterns, which are reported elsewhere. */
export function canMatch(written: unknown, values: readonly string[]): boolean {
  const patterns = z.union([scalar.transform((pattern) => [pattern]), z.array(scalar)]).safeParse(written)
  if (!patterns.success) return true
  return patterns.data.some((text) => {
    const pattern = compilePattern('', asText(text))
    return typeof pattern === 'string' || values.some((value) => pattern.regex.test(value))
  })
}

function matchLeaf(leaf: ReadonlyMap<string, readonly Pattern[]>, criteria: Criteria): Match {
  const hits: [name: string, hit: Pattern][] = []
  const textOf = (name: string) => asText(criteria[name] ?? null)
  for (const [name, patterns] of leaf) {
    if (!Object.hasOwn(criteria, name)) continue
    const value = textOf(name)
    const hit = patterns.find((pattern) => pattern.regex.test(value))
    if (!hit) {
      const because = () =>
        `${name} '${value}' matches none of: ${shortList(patterns.map((pattern) => pattern.text))}`
      return { matched: false, because }
    }
    hits.push([name, hit])
  }
  if (hits.length === 0) {
    const because = () => `the rule only tests ${shortList(leaf.keys())}, which is not known here`
    return { matched: false, because }
  }
  const sentence = ([name, hit]: [string, Pattern]) => `${name} '${textOf(name)}' matches ${hit.text}`
  return { matched: true, because: () => hits.map(sentence).join(' and ') }
}

function compile(written: unknown): CompiledRule | { problems: string[] } {
  if (Array.isArray(written)) return compileGroup(written)
  const leaf = z.record(z.string(), z.union([scalar, z.array(scalar)])).safeParse(written)
  if (leaf.success) return compileLeaf(leaf.data)
  const shown = JSON.stringify(written)
  return {
    problems: [
      `a rule must be {criterion: pattern or patterns}, ["any", [rules]] or ["all", [rules]], not ${shown}`,
    ],
  }
}

function compileGroup(written: unknown[]): CompiledRule | { problems: string[] } {
  if (written.length === 0) return { kind: 'never' }
  const [operator, rules, ...rest] = written
  if (operator !== 'any' && operator !== 'all') {
    return { problems: [`a group must start with "any" or "all", not ${JSON.stringify(operator)}`] }
  }
  if (!Array.isArray(rules) || rest.length > 0) {
    return { problems: [`"${operator}" must be followed by exactly one list of rules`] }
  }
  const compiled = rules.map(compile)
  const problems = compiled.flatMap((rule) => ('problems' in rule ? rule.problems : []))
  if (problems.length > 0) return { problems }
  return { kind: operator, rules: compiled.filter((rule) => 'kind' in rule) }
}

function compileLeaf(written: Record<string, unknown>): CompiledRule | { problems: string[] } {
  const problems: string[] = []
  const criteria = new Map<string, Pattern[]>()
  for (const [name, patterns] of Object.entries(written)) {
    const texts = (Array.isArray(patterns) ? patterns : [patterns]).map(asText)
    const compiled = texts.map((text) => compilePattern(name, text))
    criteria.set(
      name,
      compiled.filter((pattern) => typeof pattern !== 'string'),
    )
    problems.push(...compiled.filter((pattern) => typeof pattern === 'string'))
  }
  return problems.length > 0 ? { problems } : { kind: 'leaf', criteria }
}

function compilePattern(criterion: string, text: string): Pattern | string {
  try {
    return { text, regex: compilePython(text, { fromStart: true }) }
  } catch (error) {
    return `${criterion}: '${text}' is not a valid regular expression: ${(error as Error).message}` // RegExp throws SyntaxError
  }
}

/** Values and patterns compare as the text that existing rules are written in: `True`, `False`, `None`. */
function asText(value: unknown): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return String(value)
}
