/** Reads every document of a file, so that all its problems are reported at once. */
import type { YamlNode, YamlStream } from '../../lib/yaml/node.ts'
import { DefinitionError } from '../notation/error.ts'

/** The valid definitions, and the problems of the rest; both in the order of the file. */
export type DocumentsRead<T> = { read: readonly T[]; problems: readonly DefinitionError[] }

/** Reads each document with `readOne`, which may throw `DefinitionError`. */
export function readDocuments<T>(stream: YamlStream, readOne: (document: YamlNode) => T): DocumentsRead<T> {
  const read: T[] = []
  const problems: DefinitionError[] = []
  for (const document of stream.documents) {
    try {
      read.push(readOne(document))
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error
      problems.push(error)
    }
  }
  if (stream.problem) problems.push(new DefinitionError(stream.problem.message, stream.problem.place))
  return { read, problems }
}

/** One file of a folder, already parsed as YAML. */
export type DefinitionFile = { name: string; stream: YamlStream }

/** The definitions of all files, in the order of the file names; each problem begins with `file.yaml:line: `. */
export function readDefinitionFiles<T>(
  files: readonly DefinitionFile[],
  read: (stream: YamlStream, file: string) => DocumentsRead<T>,
): { read: readonly T[]; problems: readonly string[] } {
  const byName = files.toSorted((left, right) => (left.name < right.name ? -1 : 1))
  const results = byName.map(({ name, stream }) => ({ name, ...read(stream, name) }))
  return {
    read: results.flatMap((result) => result.read),
    problems: results.flatMap(({ name, problems }) =>
      problems.map(({ place, message }) => `${name}:${place?.line ?? 1}: ${message}`),
    ),
  }
}
