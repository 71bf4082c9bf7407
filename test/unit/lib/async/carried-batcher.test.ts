/** Sending the items of one batcher along with the batches of another. */
import { describe, expect, test } from 'vitest'
import type { BatchResult } from '../../../../src/lib/async/batch.ts'
import { createCarriedBatcher } from '../../../../src/lib/async/batcher.ts'
import type { TokenBucket } from '../../../../src/lib/async/token-bucket.ts'
import { each, pause, useExactTimes } from '../../../support/batches/exact-times.ts'

const ok = <O>(value: O): BatchResult<O> => ({ ok: true, value })

useExactTimes()

describe('a batcher whose items are carried', () => {
  type Sent = { alone?: number[]; by?: string[]; with?: number[] }
  const half = (items: number[]) => items.map((item) => ok(item / 2))

  /** Reads are numbers and weigh as much, writes are words; `fail` decides about a batch of writes. */
  function pair(options: {
    bucket?: TokenBucket
    maxCarried?: number
    fail?: () => 'all' | 'carried' | null
  }) {
    const sent: Sent[] = []
    const { join, addCarrier } = createCarriedBatcher<number, number>({
      run: async (items) => {
        sent.push({ alone: items })
        return half(items)
      },
      maxItems: 4,
      maxInFlight: 10,
      bucket: options.bucket ?? each(30),
      weightOf: (item) => item,
      maxCarried: options.maxCarried ?? 100,
    })
    const write = addCarrier<string, string>(async (words, carried) => {
      sent.push({ by: words, with: carried })
      await pause(5)
      const failure = options.fail?.()
      if (failure === 'all') throw new Error('refused')
      const results = words.map((word) => ok(word.toUpperCase()))
      return failure === 'carried' ? { results } : { results, carried: half(carried) }
    })
    return { read: join, write, sent }
  }

  test('sends both on one token, whichever of the two came first', async () => {
    const { read, write, sent } = pair({})
    await read(2)
    const first = [read(4), write('a')]
    expect(await Promise.all(first)).toEqual([2, 'A'])
    expect(await Promise.all([write('b'), read(6)])).toEqual(['B', 3])
    expect(sent).toEqual([{ alone: [2] }, { by: ['a'], with: [4] }, { by: ['b'], with: [6] }])
  })

  test('sends them alone while a batch of the carrier is under way', async () => {
    const { read, write, sent } = pair({ bucket: each(1, 10) })
    const under = write('a')
    await pause(0)
    expect(await read(8)).toBe(4)
    await under
    expect(sent).toEqual([{ by: ['a'], with: [] }, { alone: [8] }])
  })

  test('never carries more than fits, and gives the next turn to those left behind', async () => {
    const { read, write, sent } = pair({ maxCarried: 10 })
    await read(0)
    const all = [read(6), read(8), read(4), write('a')]
    await all[3]
    const more = write('b')
    expect(await Promise.all([...all, more])).toEqual([3, 4, 2, 'A', 'B'])
    expect(sent).toEqual([
      { alone: [0] },
      { by: ['a'], with: [6, 4] },
      { alone: [8] },
      { by: ['b'], with: [] },
    ])
  })

  test.each(['all', 'carried'] as const)(
    'sends them alone when nothing became of them with the carrier (%s)',
    async (failure) => {
      const failures = [failure]
      const { read, write, sent } = pair({ fail: () => failures.shift() ?? null })
      await read(2)
      const [carried, carrier] = await Promise.allSettled([read(4), write('a')])
      expect(carried).toEqual({ status: 'fulfilled', value: 2 })
      expect(carrier.status).toBe(failure === 'all' ? 'rejected' : 'fulfilled')
      expect(sent).toEqual([{ alone: [2] }, { by: ['a'], with: [4] }, { alone: [4] }])
    },
  )

  test('keeps none that cannot wait behind one that can, when nothing became of that with the carrier', async () => {
    let urgent: Promise<number> | undefined
    const { read, write } = pair({
      fail: () => {
        urgent = read(6)
        return 'all'
      },
    })
    await read(2)
    const patient = read(4, { mayWait: true })
    await expect(write('a')).rejects.toThrow('refused')
    const began = performance.now()
    expect(await Promise.all([urgent, patient])).toEqual([3, 2])
    expect(performance.now() - began).toBeLessThan(100)
  })

  test('loses nothing and gives each its own result, however many of both there are', async () => {
    const { read, write, sent } = pair({ bucket: each(1), maxCarried: 12 })
    const numbers = Array.from({ length: 60 }, (_, index) => index)
    const [reads, words] = await Promise.all([
      Promise.all(numbers.map((n) => read(n % 7))),
      Promise.all(numbers.map((n) => write(`w${n}`))),
    ])
    expect(reads).toEqual(numbers.map((n) => (n % 7) / 2))
    expect(words).toEqual(numbers.map((n) => `W${n}`))
    expect(
      Math.max(...sent.map(({ by = [], with: along = [] }) => by.length + along.length)),
    ).toBeLessThanOrEqual(4)
  })
})
