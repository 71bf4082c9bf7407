/** Why a policy or subject type cannot be used: the original's words, and the place in the file. */
import type { YamlPlace } from '../../lib/yaml/node.ts'

/** A place in a text, both counted from 1. */
export type Place = YamlPlace

/** A definition is wrong; `message` is what its author reads, `place` is null where there is no text (JSON). */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError'
  readonly place: Place | null
  constructor(message: string, place: Place | null = null) {
    super(message)
    this.place = place
  }
}

/** Runs `read`; what it complains about gets `label` in front, and `place` where it has none of its own. */
export function labelled<T>(label: string, read: () => T, place: Place | null = null): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    throw new DefinitionError(`${label}: ${error.message}`, error.place ?? place)
  }
}
