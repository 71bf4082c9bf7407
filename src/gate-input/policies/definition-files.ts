/** Reading a folder of definition files: always in the same order, and with everything that is wrong told at once. */

import type { TaggedStream } from '../../lib/yaml/tagged-node.ts'
import type { DocumentsRead } from './documents.ts'

/** One file of a folder, its text already read as YAML. */
export type DefinitionFile = { name: string; stream: TaggedStream }

/** The definitions of all files by file name; each problem begins with `file.yaml:line: `. */
export function readDefinitionFiles<T>(
  files: readonly DefinitionFile[],
  read: (stream: TaggedStream) => DocumentsRead<T>,
): { read: readonly T[]; problems: readonly string[] } {
  const byName = files.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const results = byName.map(({ name, stream }) => ({ name, ...read(stream) }))
  return {
    read: results.flatMap((result) => result.read),
    problems: results.flatMap(({ name, problems }) =>
      problems.map(({ place, message }) => `${name}:${place?.line ?? 1}: ${message}`),
    ),
  }
}
