/** Packs waiver filters into the bodies of few requests (behaviour/greenwave 3.9, 8.4). */
import type { WaiverFilter } from '../../domain/gate/facts/needs.ts'
import { chunksOf } from '../../lib/async/batch.ts'

/** Filters in one request: the service's database query grows with them. */
export const MAX_FILTERS = 1000

/**
 * Which waivers are fetched: the newest of each kind, or those of a time window, `start,end`. `obsolete`: also those that newer ones
 * have replaced, in which case the product version is left out of the filters.
 */
export type WaiverSearch = { since: string | null; obsolete: boolean }

/**
 * The request bodies that together fetch all waivers of the filters. When one body is not enough, one filter fetches all
 * test cases of a subject: waivers are rare, so that this is cheaper than naming each test case, and the judge checks the
 * test case anyway.
 */
export function filteredBodies(filters: readonly WaiverFilter[], search: WaiverSearch): string[] {
  const chosen = filters.length > MAX_FILTERS ? bySubject(filters) : filters
  return chunksOf(chosen, MAX_FILTERS).map((chunk) =>
    JSON.stringify({
      filters: chunk.map((filter) => wireFilter(filter, search)),
      ...(search.obsolete ? { include_obsolete: true } : {}),
    }),
  )
}

function bySubject(filters: readonly WaiverFilter[]): WaiverFilter[] {
  const same = Map.groupBy(filters, ({ subjectType, subjectIdentifier, productVersion }) =>
    JSON.stringify([subjectType, subjectIdentifier, productVersion]),
  )
  return [...same.values()].flatMap(([first, ...rest]) => {
    if (!first) return []
    return [rest.length === 0 ? first : { ...first, testCase: null }]
  })
}

function wireFilter(
  { subjectType, subjectIdentifier, productVersion, testCase }: WaiverFilter,
  { since, obsolete }: WaiverSearch,
) {
  return {
    subject_type: subjectType,
    subject_identifier: subjectIdentifier,
    // A waiver is replaced by a newer one for any product version.
    ...(obsolete ? {} : { product_version: productVersion }),
    ...(testCase === null ? {} : { testcase: testCase }),
    ...(since === null ? {} : { since }),
  }
}
