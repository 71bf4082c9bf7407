/** Checks the names inside options that come from closed sets: handlers, artifact types, criteria of rules and their values, and roles. */
import { ROLES } from '../../domain/access/roles.ts'
import { CRITERIA, VALUES } from '../../domain/rebuild/discover/criteria.ts'
import { canMatch } from '../../domain/rebuild/discover/rule-language.ts'
import {
  ARTIFACT_TYPE,
  GLOBAL,
  HANDLER_NAMES,
  HANDLERS_WITHOUT_RULES,
  OTHER_ARTIFACT_TYPES,
} from '../../domain/rebuild/discover/rule-names.ts'
import { nearestNames } from './nearest.ts'
import type { SettingProblem } from './problems.ts'
import type { KeyPath } from './yaml-lines.ts'

/** A part of an option that is accepted without effect. */
export type UnusedPart = { path: KeyPath; because: string }

type Names = { problems: SettingProblem[]; unused: UnusedPart[] }

const NONE: Names = { problems: [], unused: [] }

/** The options that have rules. */
export const RULE_LISTS = ['handler_build_allowlist', 'handler_build_blocklist'] as const

/** The readers of names, by option. Values of a wrong shape are left to the schema. */
const READERS: Readonly<Record<string, (value: unknown, path: KeyPath) => Names>> = {
  ...Object.fromEntries(RULE_LISTS.map((option) => [option, readRuleList])),
  permissions: (value, path) =>
    together(Object.keys(mappingOf(value)).map((role) => known('role', role, ROLES, [...path, role]))),
}

/**
 * The names in the value of an option that are not in their set, with the nearest that are, and those that Freshmaker
 * has and nothing here uses. A misspelled criterion would be skipped at each stage, and so widen what its rule allows.
 */
export function readClosedNames(option: string, value: unknown): Names {
  return Object.hasOwn(READERS, option) ? (READERS[option]?.(value, [option]) ?? NONE) : NONE
}

function readRuleList(value: unknown, path: KeyPath): Names {
  return together(
    Object.entries(mappingOf(value)).map(([handler, byType]) => {
      const at = [...path, handler]
      const because = Object.hasOwn(HANDLERS_WITHOUT_RULES, handler) && HANDLERS_WITHOUT_RULES[handler]
      if (because) return { problems: [], unused: [{ path: at, because }] }
      return together([
        known('handler', handler, [...HANDLER_NAMES, GLOBAL], at),
        ...Object.entries(mappingOf(byType)).map(([type, rule]) => readRuleOf(type, rule, [...at, type])),
      ])
    }),
  )
}

function readRuleOf(artifactType: string, rule: unknown, path: KeyPath): Names {
  if (OTHER_ARTIFACT_TYPES.includes(artifactType))
    return {
      problems: [],
      unused: [{ path, because: `only artifacts of type ${ARTIFACT_TYPE} are rebuilt` }],
    }
  return together([known('artifact type', artifactType, [ARTIFACT_TYPE], path), readCriteria(rule, path)])
}

/** A group is a list with an operator and a list of rules, so rules are wherever mappings are, at any depth. */
function readCriteria(rule: unknown, path: KeyPath): Names {
  if (Array.isArray(rule)) return together(rule.map((inner, index) => readCriteria(inner, [...path, index])))
  return together(
    Object.entries(mappingOf(rule)).map(([name, patterns]) => {
      const at = [...path, name]
      return together([known('criterion', name, CRITERIA, at), readPatterns(name, patterns, at)])
    }),
  )
}

/** `manual: "true"` matches nothing, so an allow list with it allows nothing, and a block list blocks nothing. */
function readPatterns(name: string, patterns: unknown, path: KeyPath): Names {
  const values = new Map<string, readonly string[]>(Object.entries(VALUES)).get(name)
  if (!values || canMatch(patterns, values)) return NONE
  return { problems: [{ path, problem: `can never match; it is one of ${values.join(', ')}` }], unused: [] }
}

function known(kind: string, name: string, names: readonly string[], path: KeyPath): Names {
  if (names.includes(name)) return NONE
  const nearest = nearestNames(name, names)
  const advice =
    nearest.length > 0 ? `did you mean ${nearest.join(' or ')}?` : `known are ${names.join(', ')}`
  return { problems: [{ path, problem: `is not a known ${kind}; ${advice}` }], unused: [] }
}

function mappingOf(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

function together(parts: readonly Names[]): Names {
  return {
    problems: parts.flatMap(({ problems }) => problems),
    unused: parts.flatMap(({ unused }) => unused),
  }
}
