/** Formats decisions and explanations as text for a terminal. */

import type { Explanation } from '../../domain/gate/judge/explain.ts'
import type { DecisionJson, RequirementJson } from '../../present/gate/decision.ts'
import { printable } from './printable.ts'

/** The verdict and a table of all requirements, unmet ones first. */
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

/** A table with one line for each subject and policy. */
export function drawExplanations(explanations: readonly Explanation[]): string {
  const rows = explanations.map((explanation) => [
    shown(explanation.subject.identifier),
    shown(explanation.policy.id ?? 'untitled'),
    wordFor(explanation),
    shown(explanation.because),
  ])
  return lines(table([['SUBJECT', 'POLICY', 'USE', 'BECAUSE'], ...rows]))
}

/** One explanation as JSON. */
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
  ['sources', 'tried'],
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
  return because === null ? 'applies' : 'excludes this package'
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADER.map((_header, column) => maxOf(rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Not `Math.max(...lengths)`: there may be more rows than a call can have arguments. */
function maxOf(lengths: readonly number[]): number {
  return lengths.reduce((max, length) => Math.max(max, length), 0)
}

function lines(texts: readonly string[]): string {
  return `${texts.join('\n')}\n`
}
