/** The error when a policy or subject type is invalid: the original's text, and the place in the file. */
import type { YamlPlace } from '../../lib/yaml/node.ts'

/** A place in a text, both counted from 1. */
export type TextPlace = YamlPlace

/** A definition is invalid; `message` is for its author, `place` is null for JSON, which has no places. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError'
  readonly place: TextPlace | null
  constructor(message: string, place: TextPlace | null = null) {
    super(message)
    this.place = place
  }
}

/** Runs `read`; its `DefinitionError` gets `label` as a prefix, and `place` unless it has one already. */
export function labelled<T>(label: string, read: () => T, place: TextPlace | null = null): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    throw new DefinitionError(`${label}: ${error.message}`, error.place ?? place)
  }
}
