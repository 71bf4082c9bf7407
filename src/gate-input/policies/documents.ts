/** Reading every document of a file, so that all its faults can be told at once. */

import type { TaggedNode, TaggedStream } from '../../lib/yaml/tagged-node.ts'
import { DefinitionError } from '../notation/error.ts'

/** What could be read, and what is wrong with the rest; both in the order of the file. */
export type DocumentsRead<T> = { read: readonly T[]; problems: readonly DefinitionError[] }

/** Reads each document with `readOne`, which throws `DefinitionError`. */
export function readDocuments<T>(
  stream: TaggedStream,
  readOne: (document: TaggedNode) => T,
): DocumentsRead<T> {
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
