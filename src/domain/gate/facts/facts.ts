/** Facts fetched so far from ResultsDB, WaiverDB, Koji and dist-git; the input of a decision. */

import type { Policy } from '../policy/policy.ts'
import type { Instant } from '../policy/rule.ts'
import type { DecisionError } from '../request/decision-error.ts'
import type { ResultsNeed } from './needs.ts'

/**
 * Why a result cannot be read, and which parts of it are unknown; the rest is as it says. Such a result counts as
 * errored for every requirement that it may concern (decision 0015).
 */
export type ResultFault = {
  reason: string
  unknown: ReadonlySet<'testCase' | 'data' | 'submitTime'>
  /** Digest of the result as received: equal for one result that two queries found. */
  record?: string
}

/** One result of the results database. */
export type TestResult = {
  /** null: cannot be read. */
  id: number | null
  testCase: string
  outcome: string
  /** ISO 8601 without a zone, in UTC; without a fraction when that is zero. Sorts as text. */
  submitTime: string
  data: Readonly<Record<string, readonly string[]>>
  /** Set by some producers at the top level of the result; where it is null, `data.error_reason` counts. */
  errorReason: string | null
  /** null for a result that can be read. */
  fault: ResultFault | null
  /** The result as received; shown unchanged in verbose answers. null: cannot be shown. */
  raw: unknown
}

/** What identifies a result. */
export type ResultKey = number | string | TestResult

/** The id of the result, or a digest of all of it where that cannot be read, or itself. */
export function resultKey(result: TestResult): ResultKey {
  return result.id ?? result.fault?.record ?? result
}

/** The results for one need: those of all its queries, in the order of `resultQueriesOf`, each newest first. */
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
  /** null: not readable. */
  productVersion: string | null
  /** false revokes an earlier waiver. */
  waived: boolean
  /** null: not readable; such a waiver counts as the oldest. */
  createdAt: Instant | null
  /** The waiver as received; shown unchanged in verbose answers. */
  raw: unknown
}

/** A build of the build system. */
export type Build = {
  /** null: the build system has no readable one. */
  creationTime: Instant | null
  /** `source`, or `extra.source.original_url` where that is empty. */
  sourceUrl: string | null
}

/** What is known of an NVR. A failure counts only if the decision depends on the build. */
export type BuildFact =
  | { kind: 'found'; build: Build }
  | { kind: 'absent' }
  /** `isUnreachable`: no answer about any build, rather than a refusal of this one. */
  | { kind: 'failed'; error: DecisionError; isUnreachable?: true }

/** What is known of a rule file. A failure counts only if no earlier source has the file. */
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
  /** null: not fetched yet. */
  waivers: readonly Waiver[] | null
}

/** Nothing fetched yet. */
export const NO_FACTS: Facts = { results: [], builds: new Map(), files: new Map(), waivers: null }

/** Adds the facts of one round to those of earlier rounds. */
export function joinFacts(known: Facts, more: Partial<Facts>): Facts {
  return {
    results: [...known.results, ...(more.results ?? [])],
    builds: new Map([...known.builds, ...(more.builds ?? [])]),
    files: new Map([...known.files, ...(more.files ?? [])]),
    waivers: more.waivers ?? known.waivers,
  }
}
