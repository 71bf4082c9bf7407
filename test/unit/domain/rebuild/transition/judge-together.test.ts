/** Which outcomes are written together: as many as possible, without a change of any message. */
import { describe, expect, it } from 'vitest'
import type { Change, Outcome } from '../../../../../src/domain/rebuild/transition/facts.ts'
import { groupForWriting } from '../../../../../src/domain/rebuild/transition/judge-together.ts'

const ofBuild = (id: number): Change => ({
  target: 'build',
  id,
  from: 'PLANNED',
  to: 'BUILD',
  reason: null,
  patch: {},
})
const ofEvent: Change = { target: 'event', from: 'BUILDING', to: 'COMPLETE', reason: '' }
const outcome = (...changes: Change[]): Outcome => ({ changes, wake: [], cancelTasks: [] })
const grouped = (...outcomes: Outcome[]) =>
  groupForWriting(outcomes).map(({ changes }) =>
    changes.map((change) => (change.target === 'build' ? change.id : 'event')),
  )

describe('outcomes', () => {
  it('about different builds are one group, in order', () => {
    expect(grouped(outcome(ofBuild(1)), outcome(), outcome(ofBuild(2), ofBuild(3)))).toEqual([[1, 2, 3]])
    expect(grouped()).toEqual([])
  })

  it('that change a build again begin a group', () => {
    const again = outcome(ofBuild(3), ofBuild(1))
    expect(grouped(outcome(ofBuild(1)), outcome(ofBuild(2)), again, outcome(ofBuild(2)))).toEqual([
      [1, 2],
      [3, 1, 2],
    ])
  })

  it('that change the event end their group', () => {
    expect(grouped(outcome(ofBuild(1), ofEvent), outcome(ofBuild(2)), outcome(ofBuild(3)))).toEqual([
      [1, 'event'],
      [2, 3],
    ])
  })

  it('keep the builds to wake and the tasks to cancel', () => {
    const left = { ...outcome(ofBuild(1)), wake: [5], cancelTasks: [{ buildId: 1, taskId: 10 }] }
    const right = { ...outcome(ofBuild(2)), wake: [6], cancelTasks: [{ buildId: 2, taskId: 20 }] }
    expect(groupForWriting([left, right])).toEqual([
      {
        changes: [ofBuild(1), ofBuild(2)],
        wake: [5, 6],
        cancelTasks: [
          { buildId: 1, taskId: 10 },
          { buildId: 2, taskId: 20 },
        ],
      },
    ])
  })
})
