/** Which builds of an event are read to judge facts. */
import { describe, expect, it } from 'vitest'
import type { Fact } from '../../../../../src/domain/rebuild/transition/facts.ts'
import { scopeOf } from '../../../../../src/domain/rebuild/transition/scope.ts'

const closed = (buildId: number, ok: boolean): Fact => ({
  kind: 'task-closed',
  buildId,
  taskId: 1,
  verification: ok ? { ok } : { ok, text: 'too old' },
})
const failed: Fact = { kind: 'task-failed', buildId: 3, taskId: 1, detail: '' }
const submitted: Fact = { kind: 'task-submitted', buildId: 4, taskId: 1, retryCount: 0 }

describe('the builds that are read', () => {
  it('are those around a build, and its descendants where they may end with it', () => {
    expect(scopeOf([closed(1, true), closed(2, false), failed, submitted])).toEqual({
      near: [1, 4],
      below: [2, 3],
    })
  })

  it.each<Fact>([
    { kind: 'compose-failed', composeId: 1 },
    { kind: 'cancel', by: null, ended: [] },
    { kind: 'recheck' },
    { kind: 'unheard-of', buildId: 1 } as unknown as Fact, // as if written by a newer version
  ])('are all of them for $kind, beside other facts too', (fact) => {
    expect(scopeOf([submitted, fact])).toBeNull()
  })
})
