/** Lifts unmet requirements that have been waived (behaviour/greenwave 3.9, 3.10). */

import type { Waiver } from '../facts/facts.ts'
import type { WaiverFilter } from '../facts/needs.ts'
import type { DecisionRequest } from '../request/request.ts'
import type { Subject } from '../subject/subject.ts'
import { isNameOf } from '../subject/subject-type.ts'
import { type Answer, MEANINGS, waivableTestCase } from './answer.ts'

/** One filter for each unmet pair of subject and test case. */
export function filtersForUnmet(answers: readonly Answer[], productVersion: string): WaiverFilter[] {
  const filters = new Map<string, WaiverFilter>()
  for (const answer of answers) {
    const testCase = waivableTestCase(answer)
    if (testCase === null) continue
    const filter = filterFor(answer.subject, productVersion, testCase)
    filters.set(JSON.stringify([filter.subjectType, filter.subjectIdentifier, testCase]), filter)
  }
  return [...filters.values()]
}

/** A filter for one test case of a subject; null: for all its test cases. */
export function filterFor(
  { type, identifier }: Subject,
  productVersion: string,
  testCase: string | null,
): WaiverFilter {
  return { subjectType: type.id, subjectIdentifier: identifier, productVersion, testCase }
}

/**
 * The waivers in force without duplicates, neither revoked nor ignored by the request: newest first, then by highest id,
 * which is the order of a single query to the waiver service however many queries fetched them.
 */
export function waiversInForce(waivers: readonly Waiver[], request: DecisionRequest): Waiver[] {
  const byId = new Map(waivers.map((waiver) => [waiver.id, waiver]))
  const known = request.when === null ? [...byId.values()] : newestThen([...byId.values()], request)
  const inForce = known.filter(({ id, waived }) => waived && !request.ignoredWaivers.has(id))
  const time = ({ createdAt }: Waiver) => createdAt ?? Number.NEGATIVE_INFINITY
  return inForce.sort((left, right) => compare(time(right), time(left)) || right.id - left.id)
}

/**
 * What the waiver service would have sent at the time of the request: it replaces a waiver by the next one of its kind, for whatever
 * product version that is (behaviour/greenwave 8.4).
 */
function newestThen(waivers: readonly Waiver[], { productVersion }: DecisionRequest): Waiver[] {
  const newest = new Map<string, Waiver>()
  for (const waiver of waivers.toSorted((left, right) => left.id - right.id)) {
    const { subjectType, subjectIdentifier, testCase, scenario } = waiver
    newest.set(JSON.stringify([subjectType, subjectIdentifier, testCase, scenario]), waiver)
  }
  return [...newest.values()].filter((waiver) => waiver.productVersion === productVersion)
}

/** Marks waived test answers, and drops waived answers about rule files. */
export function waive(answers: readonly Answer[], waivers: readonly Waiver[]): Answer[] {
  const byName = Map.groupBy(waivers, (waiver) => nameOf(waiver.subjectIdentifier, waiver.testCase))
  return answers.flatMap((answer) => {
    const testCase = waivableTestCase(answer)
    if (testCase === null) return [answer]
    const candidates = byName.get(nameOf(answer.subject.identifier, testCase)) ?? []
    const waiver = candidates.find((candidate) => fits(candidate, answer))
    if (!waiver) return [answer]
    return MEANINGS[answer.kind].isTest ? [{ ...answer, waiverId: waiver.id }] : []
  })
}

function fits(waiver: Waiver, answer: Answer): boolean {
  if (!isNameOf(answer.subject.type, waiver.subjectType)) return false
  const scenario = 'scenario' in answer ? answer.scenario : null
  return !waiver.scenario || waiver.scenario === scenario
}

function nameOf(identifier: string, testCase: string): string {
  return `${testCase.length}:${testCase} ${identifier}`
}

/** Not the difference: two waivers without a time would give NaN. */
function compare(left: number, right: number): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
