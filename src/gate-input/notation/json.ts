/** Reads definitions from JSON values: the rules and policy attributes of a request (behaviour/greenwave 3.3). */
import { parseInstant } from '../../domain/gate/policy/instant.ts'
import type { Rule } from '../../domain/gate/policy/rule.ts'
import { pythonText } from '../../domain/python/text.ts'
import { isJsonObject } from '../../lib/json.ts'
import type { Lookup, Notation } from './attributes.ts'
import { DefinitionError } from './error.ts'
import { obsoleteRule, ruleReader } from './rules.ts'

/** An object of parsed JSON. */
export type JsonObject = Readonly<Record<string, unknown>>

/** True for what Python regards as false: absent, null, zero, and everything empty. */
export function isFalsy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !value
  return Object.keys(value).length === 0
}

/** Looks up own properties only: `constructor` and the like are not set. */
export function lookupIn(object: JsonObject): Lookup<unknown> {
  return (name) => (Object.hasOwn(object, name) ? object[name] : undefined)
}

/** The readers of JSON values. */
export const JSON_NOTATION: Notation<unknown> = {
  text: (value) => {
    if (value === null) return null
    if (typeof value === 'object') throw expected('a string', value)
    return typeof value === 'string' ? value : pythonText(value)
  },
  texts: (value) => {
    const isText = (item: unknown): item is string => typeof item === 'string'
    if (!Array.isArray(value) || !value.every(isText))
      throw new DefinitionError('Expected list of str objects')
    return value
  },
  boolean: (value) => {
    if (typeof value !== 'boolean') throw expected('a boolean', value)
    return value
  },
  instant: (value) => {
    const instant = typeof value === 'string' ? parseInstant(value) : null
    if (instant !== null) return instant
    throw new DefinitionError(`Could not parse string as date/time, got: ${pythonText(value)}`)
  },
  rules: (value) => {
    if (!Array.isArray(value)) throw new DefinitionError('Expected list of Rule objects')
    return value.map(readJsonRule)
  },
}

function readJsonRule(item: unknown): Rule {
  if (!isJsonObject(item)) throw new DefinitionError('Expected list of Rule objects')
  const lookup = lookupIn(item)
  const kind = lookup('type')
  if (kind === undefined) throw new DefinitionError("Key 'type' is required for each list item")
  const name = typeof kind === 'string' ? kind : ''
  const obsolete = obsoleteRule(name)
  if (obsolete !== undefined) throw new DefinitionError(obsolete)
  const read = ruleReader(name)
  if (read) return read(JSON_NOTATION, lookup)
  throw new DefinitionError(`Key 'type' for an list item is not valid: ${pythonText(kind)}`)
}

function expected(what: string, value: unknown): DefinitionError {
  return new DefinitionError(`Expected ${what} value, got: ${pythonText(value)}`)
}
