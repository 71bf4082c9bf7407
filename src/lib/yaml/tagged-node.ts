/** The form in which definition files arrive here: a tree of plain data that keeps tags, raw texts and places. */
import type { Place } from '../../gate-input/notation/error.ts'

/** A node; an alias is the node it stands for, a merge key is already merged. */
export type TaggedNode = TaggedScalar | TaggedSequence | TaggedMapping

/** The types that YAML 1.1 knows. */
export type ScalarType = 'string' | 'null' | 'boolean' | 'number' | 'timestamp'

/** A scalar: its text as written, and the type that YAML 1.1 gives it. */
export type TaggedScalar = {
  kind: 'scalar'
  tag: string | null
  place: Place
  text: string
  type: ScalarType
  /** The type that the text has without quotes and spaces around it. */
  plainType: ScalarType
}

/** A list. */
export type TaggedSequence = {
  kind: 'sequence'
  tag: string | null
  place: Place
  items: readonly TaggedNode[]
}

/** Key-value pairs with scalar keys; of equal keys the last one counts. */
export type TaggedMapping = {
  kind: 'mapping'
  tag: string | null
  place: Place
  entries: ReadonlyMap<string, TaggedNode>
}

/** One file: its documents up to the place where it stops being readable. `tag` is null for YAML's own tags. */
export type TaggedStream = {
  documents: readonly TaggedNode[]
  /** `message` begins with `YAML Parser Error: `. */
  problem: { message: string; place: Place } | null
}
