/** Decisions as text for a terminal, without control characters. */
import { describe, expect, it } from 'vitest'
import { drawDecision } from '../../../../src/cli/text/decision-text.ts'

const HOSTILE = '\x1b]0;x\x07\x9b2J\x7f\n\0'
const SHOWN = '\\x1b]0;x\\x07\\x9b2J\\x7f \\x00'

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
