/** Reads subject types from YAML (behaviour/greenwave 2.1). */
import type { Serialization, SubjectType } from '../../domain/gate/subject/subject-type.ts'
import { type VersionPattern, versionPattern } from '../../domain/gate/subject/version-pattern.ts'
import { pythonText, repr } from '../../domain/python/text.ts'
import type { YamlMapping, YamlNode, YamlStream } from '../../lib/yaml/node.ts'
import { type Lookup, optional, readAttributes, required } from '../notation/attributes.ts'
import { DefinitionError, labelled } from '../notation/error.ts'
import { rootLookup, sequence, unknownTag, YAML_NOTATION } from '../notation/yaml.ts'
import { nodeValue } from '../notation/yaml-value.ts'
import { type DocumentsRead, readDocuments } from './documents.ts'

/** Reads every document of a file. */
export function readSubjectTypes(stream: YamlStream): DocumentsRead<SubjectType> {
  return readDocuments(stream, readSubjectType)
}

function readSubjectType(document: YamlNode): SubjectType {
  const lookup = rootLookup(document, '!SubjectType')
  return labelled(labelOf(lookup), () => typeOf(lookup), document.place)
}

function labelOf(lookup: Lookup<YamlNode>): string {
  const id = lookup('id')
  const text = id?.kind === 'scalar' ? YAML_NOTATION.text(id) : null
  return `SubjectType ${text === null ? 'None' : repr(text)}`
}

const { text, texts, boolean } = YAML_NOTATION

// The order of this table decides which of several faults is reported.
const ATTRIBUTES = {
  id: required(text),
  aliases: optional(texts, []),
  item_key: optional(text, null),
  is_koji_build: optional(boolean, false),
  is_nvr: optional(boolean, false),
  ignore_missing_policy: optional(boolean, false),
  product_version_match: optional(versionPatterns, []),
  product_version_from_koji_build_target: optional(versionPatterns, []),
  product_version: optional(text, null),
  item_dict: optional(serialization, { itemKey: null, keys: null }),
  result_queries: optional(serializations, []),
}

function typeOf(lookup: Lookup<YamlNode>): SubjectType {
  const read = readAttributes(ATTRIBUTES, lookup)
  return {
    id: read.id,
    aliases: read.aliases,
    itemKey: read.item_key,
    isKojiBuild: read.is_koji_build,
    isNvr: read.is_nvr,
    ignoreMissingPolicy: read.ignore_missing_policy,
    productVersionMatch: read.product_version_match,
    productVersionFromKojiBuildTarget: read.product_version_from_koji_build_target,
    productVersion: read.product_version,
    itemDict: read.item_dict,
    resultQueries: read.result_queries,
  }
}

function versionPatterns(node: YamlNode): VersionPattern[] {
  return dicts(node).map((dict) => {
    const lookup: Lookup<YamlNode> = (name) => dict.entries.get(name)
    const read = readAttributes({ match: required(text), product_version: required(text) }, lookup)
    try {
      return versionPattern(read.match, read.product_version)
    } catch (error) {
      throw new DefinitionError(error instanceof Error ? error.message : String(error), dict.place)
    }
  })
}

function serializations(node: YamlNode): Serialization[] {
  return dicts(node).map(serialization)
}

function serialization(node: YamlNode): Serialization {
  const dict = mapping(node)
  const lookup: Lookup<YamlNode> = (name) => dict.entries.get(name)
  const read = readAttributes({ item_key: optional(text, null), keys: optional(pairs, null) }, lookup)
  return { itemKey: read.item_key, keys: read.keys }
}

function pairs(node: YamlNode): Readonly<Record<string, string>> {
  const entries = [...mapping(node).entries].map(([key, value]) => [key, text(value) ?? ''])
  return Object.fromEntries(entries)
}

function mapping(node: YamlNode): YamlMapping {
  refuseTag(node)
  if (node.kind === 'mapping') return node
  throw new DefinitionError(`Expected a dict value, got: ${pythonText(nodeValue(node))}`, node.place)
}

function dicts(node: YamlNode): YamlMapping[] {
  return sequence(node).map((item) => {
    refuseTag(item)
    if (item.kind === 'mapping') return item
    throw new DefinitionError('Expected list of dict objects', item.place)
  })
}

function refuseTag({ tag, place }: YamlNode): void {
  if (tag !== null) throw unknownTag(tag, place)
}
