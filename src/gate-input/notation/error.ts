/** The error when a policy or subject type is invalid: the original's text, and the place in the file. */
import type { YamlPlace } from '../../lib/yaml/node.ts'

/** A definition is invalid; `message` is for its author, `place` is null for JSON, which has no places. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError'
  readonly place: YamlPlace | null
  constructor(message: string, place: YamlPlace | null = null) {
    super(message)
    this.place = place
  }
}

/** Runs `read`; its `DefinitionError` gets `label` as a prefix, and `place` unless it has one already. */
export function labelled<T>(label: string, read: () => T, place: YamlPlace | null = null): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    throw new DefinitionError(`${label}: ${error.message}`, error.place ?? place)
  }
}
