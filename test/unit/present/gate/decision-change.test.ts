/** Checks which differences between two decisions count as a change (behaviour/greenwave 6.4). */
import { describe, expect, it } from 'vitest'
import type { DecisionJson } from '../../../../src/present/gate/decision.ts'
import { decisionFingerprint } from '../../../../src/present/gate/decision-change.ts'
import { decide, request, result, waiver } from '../../../support/gate/builders.ts'

const hasChanged = (old: DecisionJson, now: DecisionJson) =>
  decisionFingerprint(old) !== decisionFingerprint(now)

describe('a newer decision', () => {
  const at = (outcome: string, id: number) =>
    decide(request(), { results: [result('dist.abicheck', outcome, { id })] })

  it('has not changed when only the results are newer', () => {
    expect(hasChanged(at('FAILED', 1), at('FAILED', 2))).toBe(false)
  })

  it('has changed when a requirement or its waiver has', () => {
    expect(hasChanged(at('FAILED', 1), at('PASSED', 2))).toBe(true)
    expect(hasChanged(at('FAILED', 1), at('ERROR', 1))).toBe(true)
    expect(hasChanged(at('RUNNING', 1), decide(request()))).toBe(true)
    const waived = (id: number) => decide(request(), { waivers: [waiver('dist.abicheck', { id })] })
    expect(hasChanged(waived(1), waived(2))).toBe(true)
    expect(hasChanged(waived(1), waived(1))).toBe(false)
  })
})
