/** Formats decisions as text for a terminal. */
import type { DecisionJson, RequirementJson } from '../../present/gate/decision.ts'
import { aligned, linesText, shown } from './aligned.ts'

/** The verdict and a table of all requirements, unmet ones first. */
export function drawDecision(decision: DecisionJson): string {
  const verdict = decision.policies_satisfied ? 'Satisfied' : 'Not satisfied'
  const policies = (decision.applicable_policies ?? []).map(shown).join(', ') || 'none'
  const rows = [
    ...decision.unsatisfied_requirements.map((requirement) => rowOf('unmet', requirement)),
    ...decision.satisfied_requirements.map((requirement) => rowOf('met', requirement)),
  ]
  const head = [`${verdict}: ${shown(decision.summary)}`, `Policies: ${policies}`]
  return linesText(rows.length > 0 ? [...head, '', ...aligned([HEADER, ...rows])] : head)
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
