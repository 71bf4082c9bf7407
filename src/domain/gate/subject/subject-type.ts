/** Types of software artifacts: how they are named, and under which keys the results database stores them. */
import type { VersionPattern } from './version-pattern.ts'

/** How an identifier is written as key-value pairs: `{[itemKey]: identifier, ...keys}`. */
export type Serialization = { itemKey: string | null; keys: Readonly<Record<string, string>> | null }

/** One subject type (behaviour/greenwave 2.1). */
export type SubjectType = {
  /** The canonical name; the only one that is shown. */
  id: string
  aliases: readonly string[]
  itemKey: string | null
  isKojiBuild: boolean
  /** The identifier is a name-version-release, so it has a package name and a dist suffix. */
  isNvr: boolean
  /** Subjects without an applicable policy are skipped instead of refused. */
  ignoreMissingPolicy: boolean
  productVersionMatch: readonly VersionPattern[]
  productVersionFromKojiBuildTarget: readonly VersionPattern[]
  productVersion: string | null
  itemDict: Serialization
  resultQueries: readonly Serialization[]
}

/** The types in force, in load order; `byName` maps every id and alias to the first type that has it. */
export type SubjectTypes = { all: readonly SubjectType[]; byName: ReadonlyMap<string, SubjectType> }

/** Indexes types; of several types with the same name the first one keeps it. */
export function subjectTypes(all: readonly SubjectType[]): SubjectTypes {
  const byName = new Map<string, SubjectType>()
  for (const type of all) {
    for (const name of [type.id, ...type.aliases]) if (!byName.has(name)) byName.set(name, type)
  }
  return { all, byName }
}

/** The type with that id or alias; an unknown name gives a new generic type (behaviour/greenwave 2.2). */
export function subjectTypeNamed(types: SubjectTypes, name: string): SubjectType {
  return types.byName.get(name) ?? genericSubjectType(name)
}

/** True if `name` is the id or an alias of the type. */
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
