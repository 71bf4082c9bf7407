/** A software artifact to be judged, and what its type derives from its identifier (behaviour/greenwave 2.4). */
import type { Serialization, SubjectType } from './subject-type.ts'

/** An artifact, for example `glibc-1.0-1.el7` of the type `koji_build`. */
export type Subject = { type: SubjectType; identifier: string }

/** Key-value pairs as the results database stores them; a value may be a comma list of alternatives. */
export type ItemKeys = Readonly<Record<string, string>>

/** Unique per subject, whatever characters type and identifier contain. */
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
 * The queries that together find the subject's results, in the order in which their results are joined. A value may be a
 * comma list of alternatives, as the results database accepts it.
 */
export function resultQueriesOf(subject: Subject): ItemKeys[] {
  const { resultQueries } = subject.type
  if (resultQueries.length === 0) return [itemOf(subject)]
  return resultQueries.map((query) => serialize(query, subject.identifier))
}

/** The name in a name-version-release identifier; null for types with other identifiers. */
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

/** Splits at dashes from the right, at most twice: `a-b-1-2.el9` is `a-b`, `1`, `2.el9`. */
function nvrPieces(identifier: string): string[] {
  const pieces = identifier.split('-')
  return pieces.length <= 3 ? pieces : [pieces.slice(0, -2).join('-'), ...pieces.slice(-2)]
}

function serialize({ itemKey, keys }: Serialization, identifier: string): ItemKeys {
  return { ...(itemKey === null ? {} : { [itemKey]: identifier }), ...keys }
}

/** A map with subjects as keys; equal subjects are the same key. */
export type SubjectMap<V> = {
  get: (subject: Subject) => V | undefined
  set: (subject: Subject, value: V) => void
  /** The values, grouped by the subject's type. */
  values: () => V[]
}

/** An empty map. */
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
