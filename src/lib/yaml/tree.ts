/** From the nodes of the YAML package to our own: aliases replaced, keys merged, growth bounded. */
import { type CST, isAlias, isMap, isScalar, isSeq, type ParsedNode, Scalar } from 'yaml'
import {
  plainScalarType,
  type ScalarContent,
  type YamlContent,
  YamlFault,
  type YamlNode,
  type YamlPlace,
} from './node.ts'
import { placeAt, takeProperties, type YamlSource } from './source.ts'

const MAX_DEPTH = 32
const YAML_TAG = 'tag:yaml.org,2002:'
/** A tag that says nothing. */
const NO_TAG = '!'
const MERGE = '<<'
const EMPTY: ScalarContent = { kind: 'scalar', text: '', type: 'null', plainType: 'null' }

type Walk = {
  source: YamlSource
  /** How many nodes the whole text may have after aliases are replaced. */
  maxNodes: number
  anchors: Map<string, ParsedNode>
  /** Of nodes with a tag or an anchor. */
  places: Map<ParsedNode, YamlPlace>
}

/** The tree of the next document of the text; throws `YamlFault`. An empty document is a null scalar. */
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
  const isOwn = node.tag !== undefined && node.tag !== NO_TAG && !node.tag.startsWith(YAML_TAG)
  return { tag: isOwn ? (node.tag ?? null) : null, place, ...contentOf(node, walk, depth) }
}

/** A node begins with its tag or anchor; nodes are met in the order of the text, but again for each alias. */
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

/** The node before this place that has the anchor; one that contains the alias ends at the depth limit. */
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
  const plainType = plainScalarType(text.trim())
  return {
    kind: 'scalar',
    text,
    type: isPlain(node) || node.tag === NO_TAG ? plainType : 'string',
    plainType,
  }
}

/** Lines that end with the file, without a line break, end without one. */
function textOf({ source, value, type, range }: Scalar.Parsed, { text: all }: YamlSource): string {
  const text = source ?? String(value ?? '')
  const isBlock = type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED
  if (!isBlock || range[1] < all.length) return text
  return /[^ ]/.test(all.slice(all.lastIndexOf('\n') + 1)) ? text.replace(/\n$/, '') : text
}

function isPlain(node: ParsedNode): boolean {
  return isScalar(node) && node.type === Scalar.PLAIN && node.tag === undefined
}

type Pairs = { key: ParsedNode; value: ParsedNode | null; srcToken?: CST.CollectionItem }[]

function entriesOf(pairs: Pairs, walk: Walk, depth: number): Map<string, YamlNode> {
  const own = new Map<string, YamlNode>()
  const merged = new Map<string, YamlNode>()
  for (const { key, value, srcToken } of pairs) {
    const fault = srcToken ? keyFault(srcToken, walk.source.text) : null
    if (fault !== null) throw new YamlFault("could not find expected ':'", placeAt(walk.source, fault))
    const name = toNode(key, walk, depth + 1)
    const node = value ? toNode(value, walk, depth + 1) : { ...EMPTY, tag: null, place: name.place }
    if (name.kind !== 'scalar') continue // nothing asks for such a key
    if (name.text === MERGE && isPlain(key)) merge(node, merged)
    else own.set(name.text, node)
  }
  return merged.size === 0 ? own : new Map([...merged, ...own])
}

/** Of several mappings merged at once, the first one that has a key gives its value; of several merges, the last one. */
function merge(node: YamlNode, into: Map<string, YamlNode>): void {
  const sources = node.kind === 'sequence' ? node.items.toReversed() : [node]
  for (const source of sources) {
    if (source.kind !== 'mapping') throw new YamlFault('expected a mapping for merging', source.place)
    for (const [key, value] of source.entries) into.set(key, value)
  }
}

/** Where a key is at fault: without `?` before it, it must not be missing, and its colon must be on the same line. */
export function keyFault({ start, key, sep }: CST.CollectionItem, text: string): number | null {
  const colon = sep?.find(({ type }) => type === 'map-value-ind')
  if (!colon || start.some(({ type }) => type === 'explicit-key-ind')) return null
  if (key) return text.slice(key.offset, colon.offset).includes('\n') ? colon.offset : null
  return start.some(({ type }) => type === 'tag' || type === 'anchor') ? null : colon.offset
}
