/** Names what a request for a decision is about, short enough for a log line. */
import type { DecisionRequest } from '../../domain/gate/request/request.ts'

const MAX_SHOWN = 3
const MAX_LENGTH = 200

/** The first subjects and decision contexts, and how many there are of each. */
export function presentRequest({ subjects, contexts, productVersion }: DecisionRequest) {
  return {
    subjects: cut(subjects.map(({ type, identifier }) => `${type.id} ${identifier}`)),
    subjectCount: subjects.length,
    contexts: cut(contexts),
    contextCount: contexts.length,
    productVersion: productVersion.slice(0, MAX_LENGTH),
  }
}

function cut(texts: readonly string[]): string[] {
  return texts.slice(0, MAX_SHOWN).map((text) => text.slice(0, MAX_LENGTH))
}
