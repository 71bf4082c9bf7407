/** Decisions and explanations as text for a terminal. */

import type { Explanation } from '../domain/gate/judge/explain.ts'
import type { DecisionJson, RequirementJson } from '../present/gate/decision.ts'
import { printable } from './printable.ts'

/** The verdict, and a table of all requirements, unmet ones first. */
export function drawDecision(decision: DecisionJson): string {
  const verdict = decision.policies_satisfied ? 'Satisfied' : 'Not satisfied'
  const policies = (decision.applicable_policies ?? []).map(shown).join(', ') || 'none'
  const rows = [
    ...decision.unsatisfied_requirements.map((requirement) => rowOf('unmet', requirement)),
    ...decision.satisfied_requirements.map((requirement) => rowOf('met', requirement)),
  ]
  const head = [`${verdict}: ${shown(decision.summary)}`, `Policies: ${policies}`]
  return lines(rows.length > 0 ? [...head, '', ...table([HEADER, ...rows])] : head)
}

/** One line for each policy and subject. */
export function drawExplanations(explanations: readonly Explanation[]): string {
  const rows = explanations.map((one) => [
    shown(one.subject.identifier),
    shown(one.policy.id ?? 'untitled'),
    wordFor(one),
    shown(one.because),
  ])
  return lines(table([['SUBJECT', 'POLICY', 'USE', 'BECAUSE'], ...rows]))
}

/** The same for programs. */
export function explanationJson(explanation: Explanation) {
  const { subject, policy, applies, because } = explanation
  return {
    subject_type: subject.type.id,
    subject_identifier: subject.identifier,
    policy: policy.id,
    applies,
    because,
  }
}

const HEADER = ['', 'SUBJECT', 'REQUIREMENT', 'TEST CASE', 'SCENARIO', 'DETAILS']

function rowOf(state: string, requirement: RequirementJson): string[] {
  const { type, testcase, subject_identifier, scenario } = requirement
  return [state, ...[subject_identifier, type, testcase, scenario].map(shown), detailsOf(requirement)]
}

const DETAILS = [
  ['result_id', 'result'],
  ['waiver_id', 'waiver'],
  ['system_architecture', 'on'],
  ['system_variant', 'variant'],
  ['error_reason', 'because'],
  ['error', 'because'],
  ['details', 'because'],
  ['policy', 'policy'],
  ['source', 'file'],
  ['sources', 'looked at'],
] as const

function detailsOf(requirement: RequirementJson): string {
  return DETAILS.map(([key, word]) => [word, shown(requirement[key])])
    .filter(([, value]) => value !== '')
    .map((pair) => pair.join(' '))
    .join(', ')
}

function shown(value: unknown): string {
  return value === null || value === undefined ? '' : printable(String(value).replace(/\s+/g, ' '))
}

function wordFor({ applies, because }: Explanation): string {
  if (!applies) return 'does not apply'
  return because === null ? 'applies' : 'passes it over'
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADER.map((_header, column) => longest(rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** There may be more than a call takes arguments. */
function longest(lengths: readonly number[]): number {
  return lengths.reduce((most, length) => Math.max(most, length), 0)
}

function lines(texts: readonly string[]): string {
  return `${texts.join('\n')}\n`
}
