/** Lifts unmet requirements that have been waived (behaviour/greenwave 3.9, 3.10). */

import type { Waiver } from '../facts/facts.ts'
import type { WaiverFilter } from '../facts/needs.ts'
import type { DecisionRequest } from '../request/request.ts'
import type { Subject } from '../subject/subject.ts'
import { isNameOf, type SubjectType } from '../subject/subject-type.ts'
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

/** Marks waived test answers, and drops waived answers about rule files. Of several waivers that fit, the first counts. */
export function waive(answers: readonly Answer[], waivers: readonly Waiver[]): Answer[] {
  const ranks = new Map(waivers.map((waiver, rank) => [waiver, rank]))
  const rankOf = (waiver: Waiver) => ranks.get(waiver) ?? 0
  const byName = Map.groupBy(waivers, ({ subjectIdentifier, testCase, scenario }) =>
    nameOf(subjectIdentifier, testCase, scenario),
  )
  return answers.flatMap((answer) => {
    const testCase = waivableTestCase(answer)
    if (testCase === null) return [answer]
    const { identifier, type } = answer.subject
    const scenario = 'scenario' in answer ? answer.scenario : null
    const [waiver] = [scenario || null, null]
      .flatMap((waived) => firstOfType(byName.get(nameOf(identifier, testCase, waived)), type))
      .sort((left, right) => rankOf(left) - rankOf(right))
    if (!waiver) return [answer]
    return MEANINGS[answer.kind].isTest ? [{ ...answer, waiverId: waiver.id }] : []
  })
}

function firstOfType(waivers: readonly Waiver[] | undefined, type: SubjectType): Waiver[] {
  const found = waivers?.find(({ subjectType }) => isNameOf(type, subjectType))
  return found ? [found] : []
}

/** The key to find waivers by; without a scenario, or with an empty one, it stands for waivers of all scenarios. */
function nameOf(identifier: string, testCase: string, scenario: string | null): string {
  return JSON.stringify([identifier, testCase, scenario || null])
}

/** Compares without a difference, which would be NaN for two waivers without a time. */
function compare(left: number, right: number): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
