/** From the nodes of the YAML package to our own: aliases replaced, keys merged, growth bounded. */
import { isAlias, isMap, isScalar, isSeq, type LineCounter, type ParsedNode } from 'yaml'
import { type YamlContent, YamlFault, type YamlNode, type YamlPlace } from './yaml-node.ts'
import { plainScalarType } from './yaml-scalar.ts'

const MAX_DEPTH = 32
/** Nodes after aliases are replaced. */
const MAX_NODES = 50_000
const YAML_TAG = 'tag:yaml.org,2002:'
const MERGE = '<<'

type Walk = { lines: LineCounter; anchors: Map<string, ParsedNode>; nodes: number }

/** The tree of one document; throws `YamlFault`. An empty document is a null scalar. */
export function toTree(contents: ParsedNode | null, lines: LineCounter): YamlNode {
  if (!contents) return { kind: 'scalar', text: '', type: 'null', tag: null, place: { line: 1, column: 1 } }
  return toNode(contents, { lines, anchors: new Map(), nodes: 0 }, 0)
}

function toNode(node: ParsedNode, walk: Walk, depth: number): YamlNode {
  const place = placeAt(walk.lines, node.range[0])
  walk.nodes++
  if (walk.nodes > MAX_NODES) throw new YamlFault(`more than ${MAX_NODES} nodes`, place)
  if (depth > MAX_DEPTH) throw new YamlFault(`nested deeper than ${MAX_DEPTH} levels`, place)
  if (isAlias(node)) return toNode(target(node.source, walk, place), walk, depth + 1)
  if (node.anchor) walk.anchors.set(node.anchor, node)
  const tag = node.tag?.startsWith(YAML_TAG) ? null : (node.tag ?? null)
  return { tag, place, ...contentOf(node, walk, depth) }
}

/** The latest node before this place that has the anchor; one that contains the alias ends at the depth limit. */
function target(anchor: string, walk: Walk, place: YamlPlace): ParsedNode {
  const node = walk.anchors.get(anchor)
  if (node) return node
  throw new YamlFault(`found undefined alias '${anchor.slice(0, 100)}'`, place)
}

function contentOf(node: ParsedNode, walk: Walk, depth: number): YamlContent {
  if (isSeq<ParsedNode>(node)) {
    return { kind: 'sequence', items: node.items.map((item) => toNode(item, walk, depth + 1)) }
  }
  if (isMap<ParsedNode, ParsedNode | null>(node))
    return { kind: 'mapping', entries: entriesOf(node.items, walk, depth) }
  if (!isScalar(node)) return { kind: 'scalar', text: '', type: 'null' }
  const text = node.source ?? String(node.value ?? '')
  const isPlain = node.type === 'PLAIN' && node.tag === undefined
  return { kind: 'scalar', text, type: isPlain ? plainScalarType(text) : 'string' }
}

type Pairs = { key: ParsedNode; value: ParsedNode | null }[]

function entriesOf(pairs: Pairs, walk: Walk, depth: number): Map<string, YamlNode> {
  const own = new Map<string, YamlNode>()
  const merged = new Map<string, YamlNode>()
  for (const { key, value } of pairs) {
    const name = toNode(key, walk, depth + 1)
    if (name.kind !== 'scalar') continue // nothing asks for such a key
    const node = value ? toNode(value, walk, depth + 1) : emptyAt(name.place)
    if (name.text === MERGE) merge(node, merged)
    else own.set(name.text, node)
  }
  return merged.size === 0 ? own : new Map([...merged, ...own])
}

/** Of several mappings merged at once, the first one that has a key gives its value. */
function merge(node: YamlNode, into: Map<string, YamlNode>): void {
  const sources = node.kind === 'sequence' ? node.items : [node]
  for (const source of sources) {
    if (source.kind !== 'mapping') throw new YamlFault('expected a mapping for merging', source.place)
    for (const [key, value] of source.entries) if (!into.has(key)) into.set(key, value)
  }
}

function emptyAt(place: YamlPlace): YamlNode {
  return { kind: 'scalar', text: '', type: 'null', tag: null, place }
}

/** Line and column of an offset. */
export function placeAt(lines: LineCounter, offset: number): YamlPlace {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}
