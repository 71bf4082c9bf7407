import { describe, expect, it } from 'vitest'
import {
  DecisionError,
  wholeReason,
  withExplanation,
  withMessage,
} from '../../../../../src/domain/gate/request/decision-error.ts'

const trouble = { service: 'koji', blame: 'service' } as const
const CAUSE = new DecisionError('upstream-failed', 'koji is away', { trouble })
const OUTER = new DecisionError('upstream-failed', 'Unexpected error', { cause: CAUSE })

describe('the fault of a decision', () => {
  it('is in trouble with the service of its cause, unless it names one itself', () => {
    expect(OUTER).toMatchObject(trouble)
    const own = { service: 'waiverdb', blame: 'service' } as const
    expect(new DecisionError('upstream-failed', 'x', { cause: CAUSE, trouble: own })).toMatchObject(own)
    expect(new DecisionError('bad-request', 'x', { cause: new Error('y') }).service).toBeUndefined()
  })

  it('keeps its kind, cause and service with another text or an explanation', () => {
    const explanation = { because: 'of this' } as unknown as Parameters<typeof withExplanation>[1] // kept unread
    const explained = withExplanation(OUTER, explanation)
    expect(explained).toMatchObject({ ...trouble, kind: 'upstream-failed', message: 'Unexpected error' })
    expect([explained.cause, explained.explanation]).toEqual([CAUSE, explanation])
    expect(withMessage(explained, 'other')).toMatchObject({ ...trouble, message: 'other', explanation })
    expect(withMessage(CAUSE, 'other')).toMatchObject({ ...trouble, message: 'other' })
    const refused = withMessage(new DecisionError('bad-request', 'x'), 'y')
    expect([refused.kind, refused.service, refused.blame]).toEqual(['bad-request', undefined, undefined])
  })

  it('is told as a whole with its cause', () => {
    expect(wholeReason(OUTER)).toBe('Unexpected error: koji is away')
    expect(wholeReason(CAUSE)).toBe('koji is away')
  })
})
