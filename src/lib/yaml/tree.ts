/** Converts the nodes of the YAML package to ours: aliases are replaced, keys merged, and growth is limited. */
import { type CST, isAlias, isMap, isScalar, isSeq, type ParsedNode, Scalar } from 'yaml'
import {
  plainScalarType,
  type ScalarContent,
  unacceptable,
  type YamlContent,
  YamlFault,
  type YamlNode,
  type YamlPlace,
} from './node.ts'
import { placeAt, takeProperties, type YamlSource } from './source.ts'

const MAX_DEPTH = 32
const YAML_TAG = 'tag:yaml.org,2002:'
/** The non-specific tag, which has no meaning. */
const NO_TAG = '!'
const MERGE = '<<'
/** Characters that only an escape can write. No database or URL can hold them, so a service that gets one fails, whatever the request is about. */
const UNUSABLE = /\0|\p{Surrogate}/u
const EMPTY: ScalarContent = { kind: 'scalar', text: '', type: 'null', plainType: 'null' }

type Walk = {
  source: YamlSource
  /** Maximum number of nodes of the whole text, after aliases are replaced. */
  maxNodes: number
  anchors: Map<string, ParsedNode>
  /** Places of nodes with a tag or an anchor. */
  places: Map<ParsedNode, YamlPlace>
}

/** The tree of the next document of the text. An empty document is a null scalar. @throws YamlFault */
export function toTree(contents: ParsedNode | null, source: YamlSource, maxNodes: number): YamlNode {
  if (!contents) return { ...EMPTY, tag: null, place: { line: 1, column: 1 } }
  return toNode(contents, { source, maxNodes, anchors: new Map(), places: new Map() }, 0)
}

function toNode(node: ParsedNode, walk: Walk, depth: number): YamlNode {
  const place = placeOf(node, walk)
  walk.source.nodes += 1
  if (walk.source.nodes > walk.maxNodes) throw new YamlFault(`more than ${walk.maxNodes} nodes`, place)
  if (depth > MAX_DEPTH) throw new YamlFault(`nested deeper than ${MAX_DEPTH} levels`, place)
  if (isAlias(node)) return toNode(target(node.source, walk, place), walk, depth + 1)
  if (node.anchor) setAnchor(node.anchor, node, walk, place)
  const isCustom = node.tag !== undefined && node.tag !== NO_TAG && !node.tag.startsWith(YAML_TAG)
  return { tag: isCustom ? (node.tag ?? null) : null, place, ...contentOf(node, walk, depth) }
}

/** A node begins with its tag or anchor; nodes are visited in the order of the text, but again for each alias. */
function placeOf(node: ParsedNode, { source, places }: Walk): YamlPlace {
  const known = places.get(node)
  if (known) return known
  const count = isAlias(node) ? 0 : Number(node.tag !== undefined) + Number(node.anchor !== undefined)
  if (count === 0) return placeAt(source, node.range[0])
  const place = placeAt(source, takeProperties(source, count) ?? node.range[0])
  places.set(node, place)
  return place
}

function setAnchor(anchor: string, node: ParsedNode, { anchors }: Walk, place: YamlPlace): void {
  if ((anchors.get(anchor) ?? node) !== node)
    throw new YamlFault(`found duplicate anchor '${anchor.slice(0, 100)}'`, place)
  anchors.set(anchor, node)
}

/** The earlier node with that anchor; a node that contains an alias of itself ends at the depth limit. */
function target(anchor: string, { anchors }: Walk, place: YamlPlace): ParsedNode {
  const node = anchors.get(anchor)
  if (node) return node
  throw new YamlFault(`found undefined alias '${anchor.slice(0, 100)}'`, place)
}

function contentOf(node: ParsedNode, walk: Walk, depth: number): YamlContent {
  if (isSeq<ParsedNode>(node)) {
    return { kind: 'sequence', items: node.items.map((item) => toNode(item, walk, depth + 1)) }
  }
  if (isMap<ParsedNode, ParsedNode | null>(node))
    return { kind: 'mapping', entries: entriesOf(node.items, walk, depth) }
  return isScalar(node) ? scalarOf(node, walk.source) : EMPTY
}

function scalarOf(node: Scalar.Parsed, source: YamlSource): ScalarContent {
  const text = textOf(node, source)
  const [unusable] = UNUSABLE.exec(text) ?? []
  if (unusable !== undefined) throw unacceptable(unusable, placeAt(source, node.range[0]))
  const plainType = plainScalarType(text.trim())
  return {
    kind: 'scalar',
    text,
    type: isPlain(node) || node.tag === NO_TAG ? plainType : 'string',
    plainType,
  }
}

/** A block scalar that ends with the file, without a line break, gets none. */
function textOf({ source, value, type, range }: Scalar.Parsed, { text: whole }: YamlSource): string {
  const text = source ?? String(value ?? '')
  const isBlock = type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED
  if (!isBlock || range[1] < whole.length) return text
  return /[^ ]/.test(whole.slice(whole.lastIndexOf('\n') + 1)) ? text.replace(/\n$/, '') : text
}

function isPlain(node: ParsedNode): boolean {
  return isScalar(node) && node.type === Scalar.PLAIN && node.tag === undefined
}

type Pairs = { key: ParsedNode; value: ParsedNode | null; srcToken?: CST.CollectionItem }[]

function entriesOf(pairs: Pairs, walk: Walk, depth: number): Map<string, YamlNode> {
  const entries = new Map<string, YamlNode>()
  const merged = new Map<string, YamlNode>()
  for (const { key, value, srcToken } of pairs) {
    const fault = srcToken ? keyFault(srcToken, walk.source.text) : null
    if (fault !== null) throw new YamlFault("could not find expected ':'", placeAt(walk.source, fault))
    const name = toNode(key, walk, depth + 1)
    const node = value ? toNode(value, walk, depth + 1) : { ...EMPTY, tag: null, place: name.place }
    if (name.kind !== 'scalar') continue // no definition has such a key
    if (name.text === MERGE && isPlain(key)) merge(node, merged)
    else entries.set(name.text, node)
  }
  return merged.size === 0 ? entries : new Map([...merged, ...entries])
}

/** Among mappings merged at once, the first that has a key provides its value; among several merges, the last. */
function merge(node: YamlNode, into: Map<string, YamlNode>): void {
  const sources = node.kind === 'sequence' ? node.items.toReversed() : [node]
  for (const source of sources) {
    if (source.kind !== 'mapping') throw new YamlFault('expected a mapping for merging', source.place)
    for (const [key, value] of source.entries) into.set(key, value)
  }
}

/** The offset of a faulty key, else null. Without `?`, a key must not be missing, and its colon must be on the same line. */
export function keyFault({ start, key, sep }: CST.CollectionItem, text: string): number | null {
  const colon = sep?.find(({ type }) => type === 'map-value-ind')
  if (!colon || start.some(({ type }) => type === 'explicit-key-ind')) return null
  if (key) return text.slice(key.offset, colon.offset).includes('\n') ? colon.offset : null
  return start.some(({ type }) => type === 'tag' || type === 'anchor') ? null : colon.offset
}
