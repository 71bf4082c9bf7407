/** Selects the current facts that already held at an earlier time, for a decision about that time (behaviour/greenwave 6.4). */
import type { Facts, ResultsFact, TestResult } from '../facts/facts.ts'

const MS_LENGTH = '2026-01-01T00:00:00.000'.length

/** `when` of a request about the moment before a submission: `YYYY-MM-DDTHH:MM:SS.ffffff`; takes microseconds since 1970. */
export function whenOf(us: number): string {
  const ms = Math.floor(us / 1000)
  return new Date(ms).toISOString().slice(0, MS_LENGTH) + String(us - ms * 1000).padStart(3, '0')
}

/**
 * The part of `facts` that already held at `when`. A test case with a later result is left out, since its newest result of that
 * time is not among the facts; without a later one, the newest now was the newest then. Waivers are left out too, as an earlier
 * decision may need others. Builds and rule files do not depend on the time of a request.
 */
export function factsAsOf(facts: Facts, when: string): Facts {
  return { ...facts, results: facts.results.flatMap((fact) => unchangedSince(fact, when)), waivers: null }
}

function unchangedSince({ need, results }: ResultsFact, when: string): ResultsFact[] {
  const { subject, testCases } = need
  const isOfUnknownTestCase = results.some(({ fault }) => fault?.unknown.has('testCase'))
  if (testCases === 'all' || isOfUnknownTestCase) return []
  const later = new Set(results.filter((result) => !existedAt(result, when)).map(({ testCase }) => testCase))
  const kept = testCases.filter((testCase) => !later.has(testCase))
  const ofKept = results.filter(({ testCase }) => !later.has(testCase))
  return kept.length === 0 ? [] : [{ need: { subject, testCases: kept }, results: ofKept }]
}

function existedAt({ submitTime, fault }: TestResult, when: string): boolean {
  return submitTime !== '' && !fault?.unknown.has('submitTime') && submitTime <= when
}
