/** Items of a batcher that can wait: they leave with others, or when tokens are plentiful. */
import { describe, expect, test } from 'vitest'
import type { BatchResult } from '../../../../src/lib/async/batch.ts'
import { createCarriedBatcher } from '../../../../src/lib/async/batcher.ts'
import type { TokenBucket } from '../../../../src/lib/async/token-bucket.ts'
import { each, pause, useExactTimes } from '../../../support/batches/exact-times.ts'

const ok = <O>(value: O): BatchResult<O> => ({ ok: true, value })

useExactTimes()

describe('items that can wait', () => {
  const patient = { mayWait: true }
  function reading(bucket: TokenBucket, maxCarried = 10) {
    const batches: number[][] = []
    const { join, addCarrier } = createCarriedBatcher<number, number>({
      run: async (items) => {
        batches.push(items)
        return items.map(ok)
      },
      maxItems: 10,
      maxInFlight: 10,
      bucket,
      weightOf: () => 1,
      maxCarried,
    })
    const write = addCarrier<string, string>(async (words, carried) => {
      batches.push(carried)
      return { results: words.map(ok), carried: carried.map(ok) }
    })
    return { read: join, write, batches }
  }

  test('leave at once while more than half of the tokens are left', async () => {
    const { read, batches } = reading(each(100_000, 4))
    await read(1, patient)
    await read(2, patient)
    expect(batches).toEqual([[1], [2]])
  })

  test('leave with those that cannot wait, or with a carrier, and take no token before', async () => {
    const { read, write, batches } = reading(each(100_000, 5))
    for (const item of [1, 2, 3]) await read(item, patient)
    const first = read(4, patient)
    await pause(20)
    expect(batches).toHaveLength(3)
    await Promise.all([first, read(5)])
    await Promise.all([read(6, patient), write('a')])
    expect(batches).toEqual([[1], [2], [3], [5, 4], [6]])
  })

  test('do not keep those that cannot wait from leaving first', async () => {
    const { read, write, batches } = reading(each(50, 1), 4)
    await read(0)
    const all = [3, 4, 5, 6, 7].map((item) => read(item, patient))
    await Promise.all([read(1), read(2), write('a')])
    await Promise.all(all)
    expect(batches).toEqual([[0], [1, 2, 3, 4], [5, 6, 7]])
  })

  test('leave after a second when nothing else does', async () => {
    const { read, batches } = reading(each(10, 1))
    await read(1)
    const began = performance.now()
    await Promise.all([read(2, patient), read(3, patient)])
    expect(performance.now() - began).toBeGreaterThanOrEqual(990)
    expect(batches).toEqual([[1], [2, 3]])
  })
})
