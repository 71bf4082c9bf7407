/** Kinds of software artefacts: how one is named, and under which keys the results database knows it. */
import type { VersionPattern } from './version-pattern.ts'

/** How an identifier is written as key-value pairs: `{[itemKey]: identifier, ...keys}`. */
export type Serialization = { itemKey: string | null; keys: Readonly<Record<string, string>> | null }

/** One subject type (behaviour/greenwave 2.1). */
export type SubjectType = {
  /** The canonical name; the only one that is ever given out. */
  id: string
  aliases: readonly string[]
  itemKey: string | null
  isKojiBuild: boolean
  /** The identifier is name-version-release: it has a package name and a dist suffix. */
  isNvr: boolean
  /** A subject that no policy applies to is passed over instead of refused. */
  ignoreMissingPolicy: boolean
  productVersionMatch: readonly VersionPattern[]
  productVersionFromKojiBuildTarget: readonly VersionPattern[]
  productVersion: string | null
  itemDict: Serialization
  resultQueries: readonly Serialization[]
}

/** The types in force, in load order, with every id and alias leading to the first type that has it. */
export type SubjectTypes = { all: readonly SubjectType[]; byName: ReadonlyMap<string, SubjectType> }

/** Indexes types; the first one that claims a name keeps it. */
export function subjectTypes(all: readonly SubjectType[]): SubjectTypes {
  const byName = new Map<string, SubjectType>()
  for (const type of all) {
    for (const name of [type.id, ...type.aliases]) if (!byName.has(name)) byName.set(name, type)
  }
  return { all, byName }
}

/** The type of that id or alias; an unknown name makes a generic type of its own (behaviour/greenwave 2.2). */
export function subjectTypeNamed(types: SubjectTypes, name: string): SubjectType {
  return types.byName.get(name) ?? genericSubjectType(name)
}

/** Whether `name` is the id or an alias of the type. */
export function isNameOf(type: SubjectType, name: string): boolean {
  return type.id === name || type.aliases.includes(name)
}

function genericSubjectType(id: string): SubjectType {
  return {
    id,
    aliases: [],
    itemKey: null,
    isKojiBuild: true,
    isNvr: false,
    ignoreMissingPolicy: false,
    productVersionMatch: [],
    productVersionFromKojiBuildTarget: [],
    productVersion: null,
    itemDict: { itemKey: null, keys: null },
    resultQueries: [],
  }
}
