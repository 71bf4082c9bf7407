/** YAML as a tree of plain data: tags are kept as text and scalars as written; nothing is constructed. */
import type { YamlScalarType } from './scalar.ts'

/** A place in the text, both counted from 1. */
export type YamlPlace = { line: number; column: number }

/** A node. `tag` is null without one and for the types of YAML itself. Aliases are replaced, merge keys merged. */
export type YamlNode = { tag: string | null; place: YamlPlace } & YamlContent

/** What a node holds. Of equal keys the last one counts; only scalars can be keys. */
export type YamlContent =
  | YamlScalar
  | { kind: 'sequence'; items: YamlNode[] }
  | { kind: 'mapping'; entries: Map<string, YamlNode> }

/** `type` is that of the text as it is written, `plainType` that which it has without quotes and spaces around it. */
export type YamlScalar = { kind: 'scalar'; text: string; type: YamlScalarType; plainType: YamlScalarType }

/** A text cannot be read further than `place`. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault'
  readonly place: YamlPlace
  constructor(message: string, place: YamlPlace) {
    super(message)
    this.place = place
  }
}
