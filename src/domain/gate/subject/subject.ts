/** One software artefact that is judged, and everything its type says of its identifier (behaviour/greenwave 2.4). */
import type { Serialization, SubjectType } from './subject-type.ts'

/** An artefact: `glibc-1.0-1.el7` of the type `koji_build`. */
export type Subject = { type: SubjectType; identifier: string }

/** Key-value pairs as the results database stores them; a value may be a comma list of alternatives. */
export type ItemKeys = Readonly<Record<string, string>>

/** Equal for equal subjects and for no others, whatever characters type and identifier hold. */
export function subjectKey(subject: Subject): string {
  return `${subject.type.id.length}:${subject.type.id} ${subject.identifier}`
}

/** The form shown as `item` of a requirement and as `subject` in messages. */
export function itemOf(subject: Subject): ItemKeys {
  const { itemDict } = subject.type
  if (itemDict.itemKey !== null || itemDict.keys !== null) return serialize(itemDict, subject.identifier)
  return { type: subject.type.id, item: subject.identifier }
}

/**
 * The queries that together find the subject's results, in the order their answers are joined. A value may be a comma
 * list of alternatives, as the results database takes it.
 */
export function resultQueriesOf(subject: Subject): ItemKeys[] {
  const { resultQueries } = subject.type
  if (resultQueries.length === 0) return [itemOf(subject)]
  return resultQueries.map((query) => serialize(query, subject.identifier))
}

/** The name part of a name-version-release identifier; null for types that are not named so. */
export function packageNameOf(subject: Subject): string | null {
  return subject.type.isNvr ? (nvrPieces(subject.identifier)[0] ?? null) : null
}

/** The dist suffix, e.g. `el8_4` of `foo-1-1.el8_4`; null when the identifier has none. */
export function distSuffixOf(subject: Subject): string | null {
  if (!subject.type.isNvr) return null
  const pieces = nvrPieces(subject.identifier)
  const release = pieces.length === 3 ? pieces[2] : undefined
  const dot = release?.lastIndexOf('.') ?? -1
  return dot < 0 || release === undefined ? null : release.slice(dot + 1)
}

/** How error texts name a subject. */
export function describeSubject(subject: Subject): string {
  return `subject_type '${subject.type.id}', subject_identifier '${subject.identifier}'`
}

/** Cut at dashes from the right, twice at most: `a-b-1-2.el9` is `a-b`, `1`, `2.el9`. */
function nvrPieces(identifier: string): string[] {
  const pieces = identifier.split('-')
  return pieces.length <= 3 ? pieces : [pieces.slice(0, -2).join('-'), ...pieces.slice(-2)]
}

function serialize({ itemKey, keys }: Serialization, identifier: string): ItemKeys {
  return { ...(itemKey === null ? {} : { [itemKey]: identifier }), ...keys }
}

/** Equal subjects are the same key. */
export type SubjectMap<V> = {
  get: (subject: Subject) => V | undefined
  set: (subject: Subject, value: V) => void
  /** Those of one type after those of another. */
  values: () => V[]
}

/** Nothing in it yet. */
export function createSubjectMap<V>(): SubjectMap<V> {
  const byType = new Map<string, Map<string, V>>()
  return {
    get: ({ type, identifier }) => byType.get(type.id)?.get(identifier),
    set: ({ type, identifier }, value) => {
      const ofType = byType.get(type.id)
      if (ofType) ofType.set(identifier, value)
      else byType.set(type.id, new Map([[identifier, value]]))
    },
    values: () => [...byType.values()].flatMap((ofType) => [...ofType.values()]),
  }
}
