/** Reads definitions from YAML: the server's files and the rule files of packages (behaviour/greenwave 1.2 to 1.4). */
import { parseInstant } from '../../domain/gate/policy/instant.ts'
import type { Rule } from '../../domain/gate/policy/rule.ts'
import { pythonText } from '../../domain/python/text.ts'
import type { YamlNode, YamlPlace, YamlScalar } from '../../lib/yaml/node.ts'
import type { Lookup, Notation } from './attributes.ts'
import { DefinitionError, labelled } from './error.ts'
import { obsoleteRule, ruleReader } from './rules.ts'
import { plainValue } from './yaml-value.ts'

/** Tags of whole documents; in a list of rules they are known tags, but not rules. */
const ROOT_TAGS = ['!Policy', '!SubjectType']
const NO_ATTRIBUTES: ReadonlyMap<string, YamlNode> = new Map()

/** The readers of YAML nodes. Scalars are taken as written: `id: true` is the text `true`. */
export const YAML_NOTATION: Notation<YamlNode> = {
  text: (node) => {
    const { type, text } = scalar(node)
    return type === 'null' ? null : text
  },
  texts: (node) => readTexts(node),
  boolean: (node) => {
    const { text, plainType } = scalar(node)
    const value = plainValue(text.trim(), plainType)
    if (typeof value === 'boolean') return value
    throw new DefinitionError(`Expected a boolean value, got: ${pythonText(value)}`, node.place)
  },
  instant: (node) => {
    const { text } = scalar(node)
    const instant = parseInstant(text)
    if (instant !== null) return instant
    throw new DefinitionError(`Could not parse string as date/time, got: ${pythonText(text)}`, node.place)
  },
  rules: (node) => {
    const items = sequence(node)
    const rules = items.map(readYamlRule)
    return rules.map((rule, index) => {
      if (rule) return rule
      throw new DefinitionError('Expected list of Rule objects', items[index]?.place)
    })
  },
}

/** Looks up the attributes of a document. Its tag is not checked; `tag` is for the error text. */
export function rootLookup(node: YamlNode, tag: string): Lookup<YamlNode> {
  if (node.kind === 'mapping') return (name) => node.entries.get(name)
  throw notAMapping(node, tag)
}

/** The items of a list. @throws DefinitionError when the node is not a list */
export function sequence(node: YamlNode): readonly YamlNode[] {
  if (node.kind === 'sequence') return node.items
  throw unexpected('sequence', node)
}

/** A place in the wording of the original's YAML parser. */
export function placeText(place: YamlPlace): string {
  return `\n  in "<unicode string>", line ${place.line}, column ${place.column}`
}

/** The error for an unknown tag. */
export function unknownTag(tag: string, place: YamlPlace): DefinitionError {
  return new DefinitionError(
    `could not determine a constructor for the tag '${pythonText(tag)}'${placeText(place)}`,
    place,
  )
}

function readTexts(node: YamlNode): readonly string[] {
  return sequence(node).map((item) => {
    if (item.tag !== null) throw unknownTag(item.tag, item.place)
    if (item.kind === 'scalar' && item.type === 'string') return item.text
    throw new DefinitionError('Expected list of str objects', item.place)
  })
}

/** undefined: legal YAML, but not a rule. */
function readYamlRule(node: YamlNode): Rule | undefined {
  const { tag, place } = node
  if (tag === null || ROOT_TAGS.includes(tag)) return undefined
  const kind = tag.slice(1)
  const obsolete = obsoleteRule(kind)
  if (obsolete !== undefined) throw new DefinitionError(obsolete, place)
  const read = ruleReader(kind)
  if (!read) throw unknownTag(tag, place)
  const entries = ruleEntries(node, tag)
  return labelled(`YAML object ${tag}`, () => read(YAML_NOTATION, (name) => entries.get(name)), place)
}

/** A bare `- !RemoteRule` is a rule without attributes. */
function ruleEntries(node: YamlNode, tag: string): ReadonlyMap<string, YamlNode> {
  if (node.kind === 'mapping') return node.entries
  if (node.kind === 'scalar' && node.text === '') return NO_ATTRIBUTES
  throw notAMapping(node, tag)
}

function scalar(node: YamlNode): YamlScalar {
  if (node.kind === 'scalar') return node
  throw unexpected('scalar', node)
}

function unexpected(kind: YamlNode['kind'], node: YamlNode): DefinitionError {
  const message = `expected a ${kind} node, but found ${node.kind}${placeText(node.place)}`
  return new DefinitionError(message, node.place)
}

function notAMapping(node: YamlNode, tag: string): DefinitionError {
  return new DefinitionError(`Expected mapping for ${tag} tagged object`, node.place)
}
