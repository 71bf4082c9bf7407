/**
 * The decision: a pure function of the request, the policies and the facts. It returns all facts that are missing, so
 * that the caller fetches a whole round at once and calls again; there are at most five rounds.
 */

import type { Decision } from './decision.ts'
import { type Facts, resultKey, type TestResult } from './facts/facts.ts'
import { isSettled, type Needs, type WaiverFilter } from './facts/needs.ts'
import type { Answer } from './judge/answer.ts'
import { isSatisfied } from './judge/answer.ts'
import { casesOf, type SubjectPolicies } from './judge/applicable.ts'
import { judgeSubject } from './judge/judge-subject.ts'
import { type DecisionInput, type Round, startRound } from './judge/round.ts'
import { summarize } from './judge/summary.ts'
import { filterFor, filtersForUnmet, waive, waiversInForce } from './judge/waive.ts'
import { DecisionError } from './request/decision-error.ts'
import type { DecisionRequest } from './request/request.ts'
import { subjectKey } from './subject/subject.ts'

/** Either what to fetch before the next call, or the decision. */
export type Step = { kind: 'needs'; needs: Needs } | { kind: 'decision'; decision: Decision }

/** The next step. @throws DecisionError when no decision can be made */
export function nextStep(input: DecisionInput, facts: Facts): Step {
  const { request } = input
  const { cases, fault } = casesOf(request, input.policies)
  const round = startRound(input, facts)
  const answers = judgeAll(cases, round)
  const needs = round.missing.needs(request.when)
  if (fault) {
    // An earlier subject may fail as well, and the first failure is the one to report.
    if (isSettled(needs)) throw fault
    return { kind: 'needs', needs }
  }
  const filters = request.verbose
    ? filtersForAll(cases, request)
    : filtersForUnmet(answers, request.productVersion)
  // The unmet requirements are known only after all other facts; a verbose request needs all waivers anyway.
  const needsWaivers = facts.waivers === null && (request.verbose || isSettled(needs))
  const open = { ...needs, waivers: needsWaivers ? filters : [] }
  if (!isSettled(open)) return { kind: 'needs', needs: open }
  return { kind: 'decision', decision: conclude(cases, answers, round) }
}

/** Judges a subject as often as the request names it, as the original does (behaviour/greenwave 3.4). */
function judgeAll(cases: readonly SubjectPolicies[], round: Round): Answer[] {
  const { request, evidence, missing } = round
  try {
    return cases.flatMap((item) => {
      if (request.verbose && !evidence.allResultsOf(item.subject)) missing.allResults(item.subject)
      return judgeSubject(item, round)
    })
  } catch (error) {
    // Facts of an earlier subject that are still missing may fail as well, and the first failure is the one to report.
    if (error instanceof DecisionError && !isSettled(missing.needs(null))) return []
    throw error
  }
}

function conclude(cases: readonly SubjectPolicies[], judged: readonly Answer[], round: Round): Decision {
  const { request, facts, evidence } = round
  const waivers = waiversInForce(facts.waivers ?? [], request)
  const answers = waive(judged, waivers)
  const results = unique(cases).flatMap(({ subject }) => evidence.allResultsOf(subject) ?? [])
  return {
    satisfied: answers.every(isSatisfied),
    summary: summarize(answers),
    answers,
    applicablePolicies: request.onDemand
      ? null
      : cases.flatMap(({ policies }) => policies.map(({ id }) => id)),
    evidence: request.verbose ? { results: distinct(results), waivers } : null,
  }
}

function filtersForAll(
  cases: readonly SubjectPolicies[],
  { productVersion }: DecisionRequest,
): WaiverFilter[] {
  return unique(cases).map(({ subject }) => filterFor(subject, productVersion, null))
}

function unique(cases: readonly SubjectPolicies[]): SubjectPolicies[] {
  return [...new Map(cases.map((item) => [subjectKey(item.subject), item])).values()]
}

function distinct(results: readonly TestResult[]): TestResult[] {
  return [...new Map(results.map((result) => [resultKey(result), result])).values()]
}
