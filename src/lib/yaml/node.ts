/** YAML as a tree of plain data: tags are kept as text, scalars as written, and no objects are constructed. */

/** A place in the text; line and column count from 1. */
export type YamlPlace = { line: number; column: number }

/** The types that YAML 1.1 gives to a scalar. */
export type YamlScalarType = 'string' | 'null' | 'boolean' | 'number' | 'timestamp'

/** A scalar. `type` is that of the scalar as written, `plainType` the one without quotes and surrounding spaces. */
export type ScalarContent = {
  kind: 'scalar'
  text: string
  type: YamlScalarType
  plainType: YamlScalarType
}
type SequenceContent = { kind: 'sequence'; items: readonly YamlNode[] }
type MappingContent = { kind: 'mapping'; entries: ReadonlyMap<string, YamlNode> }

/** The content of a node. Of equal keys the last one counts; only scalars can be keys. */
export type YamlContent = ScalarContent | SequenceContent | MappingContent

/** `tag` is null for a node without a tag, or with one of YAML's own tags. */
type Placed = { tag: string | null; place: YamlPlace }
export type YamlScalar = Placed & ScalarContent
export type YamlSequence = Placed & SequenceContent
export type YamlMapping = Placed & MappingContent

/** A node; aliases are replaced by their nodes, merge keys are already merged. */
export type YamlNode = YamlScalar | YamlSequence | YamlMapping

/** One file: its documents up to the first fault, and the fault. */
export type YamlStream = {
  documents: readonly YamlNode[]
  /** `message` begins with `YAML Parser Error: `. */
  problem: { message: string; place: YamlPlace } | null
}

/** A text cannot be parsed beyond `place`. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault'
  readonly place: YamlPlace
  constructor(message: string, place: YamlPlace) {
    super(message)
    this.place = place
  }
}

/** The fault of a character that no text may have, in the words of PyYAML. */
export function unacceptable(character: string, place: YamlPlace): YamlFault {
  const code = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
  return new YamlFault(`unacceptable character #x${code}: special characters are not allowed`, place)
}

const FORMS: readonly [YamlScalarType, RegExp][] = [
  ['null', /^(?:~|null|Null|NULL)?$/],
  ['boolean', /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/],
  ['number', /^[-+]?(?:0b[01_]+|0x[\da-fA-F_]+|0|[1-9][\d_]*|0[0-7_]+)$/],
  ['number', /^[-+]?[1-9][\d_]*(?::[0-5]?\d)+$/], // base 60: 190:20:30
  ['number', /^[-+]?(?:\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\d[\d_]*(?::[0-5]?\d)+\.[\d_]*)$/],
  ['number', /^(?:\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/],
  ['timestamp', /^\d{4}-\d\d-\d\d$/],
  [
    'timestamp',
    /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::?\d\d)?))?$/,
  ],
]

/** The type of a scalar written without quotes and without a tag. */
export function plainScalarType(text: string): YamlScalarType {
  return FORMS.find(([, form]) => form.test(text))?.[0] ?? 'string'
}
