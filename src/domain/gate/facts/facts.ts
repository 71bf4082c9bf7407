/** What the outside services said, as far as it was asked: the ground a decision is judged on. */

import type { Policy } from '../policy/policy.ts'
import type { Instant } from '../policy/rule.ts'
import type { DecisionError } from '../request/decision-error.ts'
import type { ResultsNeed } from './needs.ts'

/** One result of the results database. */
export type TestResult = {
  id: number
  testCase: string
  outcome: string
  /** ISO 8601 without zone, UTC; the fraction is left out when it is zero. Sorts as text. */
  submitTime: string
  data: Readonly<Record<string, readonly string[]>>
  /** Set by some producers at the top of the result; `data.error_reason` is read where it is null. */
  errorReason: string | null
  /** The result as received; shown unchanged in verbose answers. */
  raw: unknown
}

/** Answer to one results need: the results of all its queries, in the order of `resultQueriesOf`, newest first. */
export type ResultsFact = { need: ResultsNeed; results: readonly TestResult[] }

/** One waiver of the waiver service. */
export type Waiver = {
  id: number
  /** May be an alias of the type's id. */
  subjectType: string
  subjectIdentifier: string
  testCase: string
  /** null: it waives all scenarios. */
  scenario: string | null
  /** false takes an earlier waiver back. */
  waived: boolean
  /** The waiver as received; shown unchanged in verbose answers. */
  raw: unknown
}

/** A build of the build system. */
export type Build = {
  /** null: the build system has none that can be read. */
  creationTime: Instant | null
  /** `source`, or `extra.source.original_url` where that is empty. */
  sourceUrl: string | null
}

/** What is known of an NVR. A failure only counts if the decision comes to depend on it. */
export type BuildFact =
  | { kind: 'found'; build: Build }
  | { kind: 'absent' }
  | { kind: 'failed'; error: DecisionError }

/** What is known of a rule file. A failure only counts if no earlier source has the file. */
export type FileFact =
  | { kind: 'policies'; policies: readonly Policy[] }
  | { kind: 'invalid'; details: string }
  | { kind: 'absent' }
  | { kind: 'failed'; error: DecisionError }

/** Everything fetched so far. */
export type Facts = {
  results: readonly ResultsFact[]
  builds: ReadonlyMap<string, BuildFact>
  files: ReadonlyMap<string, FileFact>
  /** null: not asked yet. */
  waivers: readonly Waiver[] | null
}

/** Nothing fetched yet. */
export const NO_FACTS: Facts = { results: [], builds: new Map(), files: new Map(), waivers: null }

/** Joins what was known with the answers of one round. */
export function joinFacts(known: Facts, more: Partial<Facts>): Facts {
  return {
    results: [...known.results, ...(more.results ?? [])],
    builds: new Map([...known.builds, ...(more.builds ?? [])]),
    files: new Map([...known.files, ...(more.files ?? [])]),
    waivers: more.waivers ?? known.waivers,
  }
}
