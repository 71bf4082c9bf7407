/** The identifiers that a result or a waiver names: decisions on subjects of each of them, whatever their type, may count it (behaviour/greenwave 6.2). */
import { MAX_TEXT } from '../request/limits.ts'
import type { SubjectTypes } from './subject-type.ts'

/** The key that every type falls back to. */
const ITEM = 'item'

/**
 * Every text under `item` or a key by which a type looks results up, also those in lists; each once. More than the subject that the pairs
 * describe: a result of one type counts for subjects of another, and one with several values for each of them.
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

/** The results database keeps numbers as texts. */
function textsOf(value: unknown): string[] {
  return [value]
    .flat()
    .filter((item) => typeof item === 'string' || typeof item === 'number')
    .map(String)
    .filter((text) => text !== '' && text.length <= MAX_TEXT)
}
