/** Decisions as text for a terminal: complete in any number, and without control characters. */
import { describe, expect, it } from 'vitest'
import { drawDecision, drawExplanations } from '../../../../src/cli/text/decision-text.ts'
import { explain } from '../../../../src/domain/gate/judge/explain.ts'
import { parseDecisionRequest } from '../../../../src/gate-input/request/parse-request.ts'
import { POLICIES, policiesFrom, policyYaml, TYPES } from '../../../support/gate-builders.ts'

const HOSTILE = '\x1b]0;x\x07\x9b2J\x7f\n\0'
const SHOWN = '\\x1b]0;x\\x07\\x9b2J\\x7f \\x00'

const explained = (identifiers: string[], context: string, policies = POLICIES) => {
  const subject = identifiers.map((item) => ({ type: 'koji_build', item }))
  const body = { decision_context: context, product_version: 'fedora-26', subject }
  return drawExplanations(explain(parseDecisionRequest(body, TYPES), policies))
}

describe('the table of explanations', () => {
  it('has a line for each policy and subject, however many there are', () => {
    const names = Array.from({ length: 15_000 }, (_none, n) => `package-${n}-1-1`)
    const lines = explained(names, 'c').trimEnd().split('\n')
    expect(lines).toHaveLength(1 + names.length * POLICIES.length)
    expect(lines.at(-1)).toMatch(/^package-14999-1-1 +\S+ +does not apply +/)
  })

  it('escapes control characters', () => {
    const text = explained([HOSTILE], HOSTILE, policiesFrom(policyYaml('p', [])))
    expect(text.split('\n')).toHaveLength(3)
    expect(text).toContain(
      `${SHOWN}  p       does not apply  decision context: it is for c, not for ${SHOWN}`,
    )
  })
})

describe('the table of requirements', () => {
  it('escapes control characters', () => {
    const text = drawDecision({
      policies_satisfied: false,
      summary: HOSTILE,
      applicable_policies: [HOSTILE],
      satisfied_requirements: [],
      unsatisfied_requirements: [{ type: 'failed', subject_identifier: HOSTILE, details: HOSTILE }],
    })
    expect(text).not.toMatch(/[^\P{Cc}\n]/u)
    expect(text.split('\n')).toHaveLength(6)
    expect(text.split(SHOWN)).toHaveLength(5)
  })
})
