/** A YAML text while it is read, and what its tokens have told so far. */
import { LineCounter } from 'yaml'
import type { YamlFault, YamlPlace } from './node.ts'

/**
 * `properties`: where each tag and anchor begins, in the order of the text, and how many of them have their node.
 * `nodes`: how many there are so far, each alias counted as what it stands for. `fault`: where the tokens end before the
 * text does.
 */
export type YamlSource = {
  text: string
  lines: LineCounter
  properties: { offsets: number[]; taken: number }
  nodes: number
  fault: YamlFault | null
}

/** A source of which nothing is read yet. */
export function sourceOf(text: string): YamlSource {
  return { text, lines: new LineCounter(), properties: { offsets: [], taken: 0 }, nodes: 0, fault: null }
}

/** Where the tag or anchor begins that no node has yet; takes this one, or it and the next one. */
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
