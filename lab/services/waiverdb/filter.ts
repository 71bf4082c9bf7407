/** Filters on waivers, from a query string or JSON (behaviour/greenwave 8.4). */
import { z } from 'zod'
import { toMicroseconds } from '../resultsdb/query.ts'
import type { LabWaiver, WaiverDbState } from './state.ts'

const text = z.string().nullish()

/** All fields that are set must match; `since` is `start[,end]`, both inclusive, either may be empty. */
export const filterSchema = z.object({
  subject_type: text,
  subject_identifier: text,
  testcase: text,
  scenario: text,
  product_version: text,
  username: text,
  proxied_by: text,
  since: text,
})
export type WaiverFilter = z.infer<typeof filterSchema>

const FIELDS = {
  subject_type: 'subjectType',
  subject_identifier: 'subjectIdentifier',
  testcase: 'testCase',
  scenario: 'scenario',
  product_version: 'productVersion',
  username: 'username',
  proxied_by: 'proxiedBy',
} as const satisfies Partial<Record<keyof WaiverFilter, keyof LabWaiver>>

/** The original's error text for a bad `since`; null when it is valid. */
export function sinceProblem({ since }: WaiverFilter): string | null {
  const bad = since?.split(',').find((end) => end !== '' && toMicroseconds(end) === null)
  return bad === undefined ? null : `Invalid isoformat string: '${bad}'`
}

/** The waivers that pass the filter, in no particular order. */
export function selectWaivers(state: WaiverDbState, filter: WaiverFilter): LabWaiver[] {
  const candidates =
    typeof filter.subject_identifier === 'string'
      ? (state.bySubject.get(filter.subject_identifier) ?? [])
      : state.waivers
  const [from, to] = filter.since?.split(',').map(toMicroseconds) ?? []
  return candidates.filter(
    (waiver) =>
      Object.entries(FIELDS).every(([wire, field]) => {
        const expected = filter[wire as keyof typeof FIELDS] // the keys of FIELDS
        return expected === undefined || expected === null || waiver[field] === expected
      }) &&
      (!from || waiver.givenAt >= from) &&
      (!to || waiver.givenAt <= to),
  )
}
