/** A YAML text while it is parsed, with the state of the parser. */
import { LineCounter } from 'yaml'
import type { YamlFault, YamlPlace } from './node.ts'

/**
 * `properties`: the offset of each tag and anchor, in the order of the text, and how many are already assigned to nodes.
 * `nodes`: number of nodes so far, each alias counted as the nodes it refers to. `fault`: set when the tokens end before
 * the text does.
 */
export type YamlSource = {
  text: string
  lines: LineCounter
  properties: { offsets: number[]; taken: number }
  nodes: number
  fault: YamlFault | null
}

/** A source of which nothing is parsed yet. */
export function sourceOf(text: string): YamlSource {
  return { text, lines: new LineCounter(), properties: { offsets: [], taken: 0 }, nodes: 0, fault: null }
}

/** The offset of the first tag or anchor that is not assigned to a node yet; assigns the first `count`, one or two. */
export function takeProperties({ properties }: YamlSource, count: number): number | undefined {
  const offset = properties.offsets[properties.taken]
  properties.taken += count
  return offset
}

/** Line and column of an offset. */
export function placeAt({ lines }: YamlSource, offset: number): YamlPlace {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}
