/** Checks that a test case has passed: one answer for each of its latest results (behaviour/greenwave 3.6). */

import { repr } from '../../python/text.ts'
import type { TestResult } from '../facts/facts.ts'
import type { Instant, PassingTestCaseRule } from '../policy/rule.ts'
import { DecisionError } from '../request/decision-error.ts'
import type { GateSettings } from '../request/settings.ts'
import type { Subject } from '../subject/subject.ts'
import type { MissingAnswer, ResultAnswer } from './answer.ts'
import type { Round } from './round.ts'

type TestAnswer = MissingAnswer | ResultAnswer

/** The answers; empty when the rule is not in force for the build, or when something has to be fetched first. */
export function verifyPassingTestCase(
  rule: PassingTestCaseRule,
  subject: Subject,
  source: string | null,
  round: Round,
): TestAnswer[] {
  const { testCaseName: testCase, scenario } = rule
  // Until it is known whether the rule is in force, its results are not fetched: a needless fetch might fail.
  if (!isInForce(rule, subject, round)) return []
  const results = round.evidence.resultsOf(subject, testCase)
  if (!results) {
    round.missing.result(subject, testCase)
    return []
  }
  const relevant = results.filter(
    ({ data, fault }) =>
      scenario === null || data.scenario?.includes(scenario) || fault?.unknown.has('data') === true,
  )
  if (relevant.length > 0) {
    return relevant.map((result) => ({ ...answerFor(result, subject, source, round.settings), testCase }))
  }
  return [{ kind: 'missing', subject, testCase, source, scenario, waiverId: null }]
}

/**
 * True if the build was created while the rule is valid; undefined: its creation time has to be fetched first.
 * @throws DecisionError when the build system has no such build, or cannot be reached
 */
export function isInForce(
  rule: PassingTestCaseRule,
  { identifier }: Subject,
  round: Round,
): boolean | undefined {
  const { validSince, validUntil } = rule
  if (validSince === null && validUntil === null) return true
  const created = creationTime(identifier, round)
  if (created === undefined) return undefined
  return (validSince === null || validSince <= created) && (validUntil === null || created < validUntil)
}

function creationTime(nvr: string, { facts, missing, settings, now }: Round): Instant | undefined {
  if (!nvr.includes('-')) throw new DecisionError('bad-request', `Invalid NVR format: ${repr(nvr)}`)
  const fact = facts.builds.get(nvr)
  if (!fact) missing.build(nvr)
  if (fact?.kind === 'failed') throw fact.error
  if (fact?.kind === 'absent') {
    throw new DecisionError(
      'not-found',
      `Failed to find Koji build for "${nvr}" at "${settings.kojiBaseUrl}"`,
    )
  }
  return fact && (fact.build.creationTime ?? now)
}

function answerFor(
  result: TestResult,
  subject: Subject,
  source: string | null,
  settings: GateSettings,
): ResultAnswer {
  const kind = result.fault ? 'errored' : kindOf(result.outcome, settings)
  const scenario = result.data.scenario?.[0] ?? null
  return { kind, subject, testCase: result.testCase, source, scenario, result, waiverId: null }
}

function kindOf(outcome: string, settings: GateSettings): ResultAnswer['kind'] {
  if (settings.outcomesPassed.has(outcome)) return 'passed'
  if (settings.outcomesIncomplete.has(outcome)) return 'incomplete'
  return settings.outcomesError.has(outcome) ? 'errored' : 'failed'
}
