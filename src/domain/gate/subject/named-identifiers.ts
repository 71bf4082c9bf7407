/** Finds the identifiers that a result or a waiver names: it may count for a subject of any type with one of them (behaviour/greenwave 6.2). */
import { matches } from '../facts/result-selection.ts'
import { MAX_TEXT } from '../request/limits.ts'
import { resultQueriesOf, type Subject } from './subject.ts'
import type { SubjectTypes } from './subject-type.ts'

/** The key that every type falls back to. */
const ITEM = 'item'

/**
 * Every text under `item` or under a key by which some type looks up results, including texts in lists; each once. These may be more
 * than the one subject that the pairs describe: results also count for subjects of other types, and for each value of a list.
 */
export function namedIdentifiers(
  { all }: Pick<SubjectTypes, 'all'>,
  pairs: Readonly<Record<string, unknown>>,
): string[] {
  const keys = all.flatMap(({ itemKey, itemDict, resultQueries }) => [
    itemKey,
    itemDict.itemKey,
    ...resultQueries.map((query) => query.itemKey),
  ])
  const found = [...new Set([ITEM, ...keys])].flatMap((key) =>
    key !== null && Object.hasOwn(pairs, key) ? textsOf(pairs[key]) : [],
  )
  return [...new Set(found)]
}

/** The subjects of known types whose queries would find a result with these pairs in the results database. */
export function subjectsOfResult(types: SubjectTypes, pairs: Readonly<Record<string, unknown>>): Subject[] {
  const data = Object.fromEntries(Object.entries(pairs).map(([key, value]) => [key, textsOf(value)]))
  return namedIdentifiers(types, pairs).flatMap((identifier) =>
    types.all
      .map((type) => ({ type, identifier }))
      .filter((subject) => resultQueriesOf(subject).some((query) => matches({ data }, query))),
  )
}

/** The results database keeps numbers as texts. */
function textsOf(value: unknown): string[] {
  return [value]
    .flat()
    .filter((item) => typeof item === 'string' || typeof item === 'number')
    .map(String)
    .filter((text) => text !== '' && text.length <= MAX_TEXT)
}
