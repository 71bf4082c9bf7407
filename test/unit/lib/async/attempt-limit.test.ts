/** Checks what calls to one service may cost together: few attempts while it is dead, any number while it works. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAttemptLimit, createAttemptLimits } from '../../../../src/lib/async/attempt-limit.ts'

const MAX = 4
const DOWN = new Error('down')

/** Makes `calls` attempts at the same time; `isUp(n)` reports whether the n-th of them works. */
async function makeCalls(calls: number, isUp: (attempt: number) => boolean) {
  const limit = createAttemptLimit(MAX)
  let made = 0
  const ended = Array.from({ length: calls }, async () => {
    await limit.begin()
    made += 1
    const works = isUp(made)
    await Promise.resolve()
    limit.end(works ? undefined : DOWN)
    return works
  })
  const outcomes = await Promise.allSettled(ended)
  return { made, outcomes, isUsedUp: limit.isUsedUp() }
}

describe('a service that is dead', () => {
  it('gets no more attempts than allowed, and every further call fails with the last failure', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: MAX, max: 500 }), async (calls) => {
        const { made, outcomes, isUsedUp } = await makeCalls(calls, () => false)
        expect([made, isUsedUp]).toEqual([MAX, true])
        const refused = outcomes.filter(({ status }) => status === 'rejected')
        expect(refused).toEqual(Array(calls - MAX).fill({ status: 'rejected', reason: DOWN }))
      }),
    )
  })

  it('does not touch another one', async () => {
    const limitOf = createAttemptLimits(1)
    await limitOf('a').begin()
    limitOf('a').end(DOWN)
    await limitOf('b').begin()
    expect([limitOf('a').isUsedUp(), limitOf('b').isUsedUp()]).toEqual([true, false])
  })
})

it('a service that fails now and then is called as often as needed', async () => {
  const { made, isUsedUp } = await makeCalls(100, (attempt) => attempt % 3 !== 0)
  expect([made, isUsedUp]).toEqual([100, false])
})
