/** Which changes of a decision are published, and when the decision before the news has to be made as well. */
import { describe, expect, it } from 'vitest'
import {
  type ComparedDecision,
  changesToPublish,
  type LastDecision,
  needsEarlier,
} from '../../../../../src/domain/gate/change/changes-to-publish.ts'

const judged = (state: string): ComparedDecision => ({ decision: state, fingerprint: state })
const last = (state: string, knownSinceUs: number, isPublished = false): LastDecision => ({
  ...judged(state),
  knownSinceUs,
  isPublished,
})

describe('the decision before the news', () => {
  it('has to be made while none is known, or none from so early on', () => {
    expect(needsEarlier(null, 10)).toBe(true)
    expect(needsEarlier(last('A', 11), 10)).toBe(true)
  })

  it('is known since then, or of no interest once a change was published', () => {
    expect(needsEarlier(last('A', 10), 10)).toBe(false)
    expect(needsEarlier(last('A', 9), 10)).toBe(false)
    expect(needsEarlier(last('A', 11, true), 10)).toBe(false)
  })
})

describe('the changes', () => {
  it('are those from each decision to the next, in the order of their times', () => {
    const { changes, last: now } = changesToPublish(last('B', 20), judged('A'), judged('C'), 10)
    expect(changes).toEqual([
      { previous: judged('A'), decision: last('B', 20) },
      { previous: last('B', 20), decision: judged('C') },
    ])
    expect(now).toEqual(last('C', 10, true))
  })

  it('are none while the decision stays: nothing counts as published then', () => {
    const { changes, last: now } = changesToPublish(null, judged('A'), judged('A'), 10)
    expect([changes, now]).toEqual([[], last('A', 10)])
    expect(changesToPublish(now, null, judged('A'), 30)).toEqual({ changes: [], last: last('A', 10) })
  })

  it('that were published once stay so, and the decision stays known from its first time on', () => {
    expect(changesToPublish(last('A', 10, true), null, judged('A'), 30).last).toEqual(last('A', 10, true))
    expect(changesToPublish(last('A', 10), null, judged('B'), 30).last).toEqual(last('B', 10, true))
  })
})
