/** Collecting single items into batches. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { BatchResult } from '../../../../src/lib/async/batch.ts'
import { createBatcher, createCarriedBatcher } from '../../../../src/lib/async/batcher.ts'
import { createTokenBucket, type TokenBucket } from '../../../../src/lib/async/token-bucket.ts'

const ok = <O>(value: O): BatchResult<O> => ({ ok: true, value })
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

// Time passes only while everything waits for it, so that times are exact whatever else the machine does.
beforeEach(() => {
  vi.useFakeTimers().setTimerTickMode('nextTimerAsync')
})
afterEach(() => {
  vi.useRealTimers()
})

/** A bucket with a token for each so many milliseconds. */
const each = (ms: number, burst = 1) => createTokenBucket({ perSecond: 1000 / ms, burst })

/** A batcher that doubles numbers and records the batches and when they were sent. */
function doubling(
  options: { maxItems?: number; bucket?: TokenBucket; maxInFlight?: number; takesMs?: number } = {},
) {
  const batches: number[][] = []
  const sentAt: number[] = []
  let inFlight = 0
  let peak = 0
  const send = createBatcher<number, number>({
    maxItems: options.maxItems ?? 100,
    bucket: options.bucket ?? each(20),
    maxInFlight: options.maxInFlight ?? 10,
    run: async (items) => {
      batches.push(items)
      sentAt.push(performance.now())
      peak = Math.max(peak, ++inFlight)
      await pause(options.takesMs ?? 0)
      inFlight -= 1
      return items.map((item) => ok(item * 2))
    },
  })
  return { send, batches, sentAt, peak: () => peak }
}

describe('a batcher', () => {
  test('sends a lone item at once', async () => {
    const { send, batches } = doubling({ bucket: each(10_000) })
    expect(await send(4)).toBe(8)
    expect(batches).toEqual([[4]])
  })

  test('sends the items added in one turn as one batch', async () => {
    const { send, batches } = doubling()
    expect(await Promise.all([1, 2, 3].map(send))).toEqual([2, 4, 6])
    expect(batches).toEqual([[1, 2, 3]])
  })

  test('collects later items until the next token', async () => {
    const { send, batches, sentAt } = doubling({ bucket: each(50) })
    await send(1)
    const second = send(2)
    await pause(10)
    await Promise.all([second, send(3)])
    expect(batches).toEqual([[1], [2, 3]])
    expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBeGreaterThanOrEqual(48)
  })

  test('sends a burst of batches after a quiet period, then one for each token', async () => {
    const { send, sentAt } = doubling({ bucket: each(100, 3) })
    for (const item of [1, 2, 3, 4, 5]) await send(item)
    const [first = 0, , third = 0, fourth = 0, fifth = 0] = sentAt
    expect(third - first).toBe(0)
    expect(fourth - first).toBeGreaterThanOrEqual(95)
    expect(fifth - first).toBeGreaterThanOrEqual(195)
  })

  test('sends a full batch at once, without a token', async () => {
    const { send, batches, sentAt } = doubling({ maxItems: 2, bucket: each(100) })
    await Promise.all(Array.from({ length: 20 }, (_, index) => send(index)))
    await send(20)
    expect(batches.map((batch) => batch.length)).toEqual([...Array(10).fill(2), 1])
    const [first = 0] = sentAt
    expect((sentAt[9] ?? 0) - first).toBe(0)
    expect((sentAt[10] ?? 0) - first).toBeLessThanOrEqual(100) // the first token after it
  })

  test('takes turns with the other batchers of its bucket', async () => {
    const bucket = each(50)
    const reads = doubling({ bucket })
    const writes = doubling({ bucket })
    await reads.send(0)
    await Promise.all([writes.send(1), reads.send(1), writes.send(2), reads.send(2)])
    expect(writes.batches).toEqual([[1, 2]])
    expect(reads.batches).toEqual([[0], [1, 2]])
    const [, second = 0] = reads.sentAt
    expect(second - (writes.sentAt[0] ?? 0)).toBeGreaterThanOrEqual(48)
  })

  test('never exceeds the batch size and loses nothing', async () => {
    const { send, batches } = doubling({ maxItems: 10, bucket: each(1) })
    const items = Array.from({ length: 95 }, (_, index) => index)
    expect(await Promise.all(items.map(send))).toEqual(items.map((item) => item * 2))
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10, 5])
    expect(batches.flat()).toEqual(items)
  })

  test('waits for a batch to finish while the maximum number is in flight', async () => {
    const { send, batches, peak } = doubling({ maxItems: 1, bucket: each(1), maxInFlight: 2, takesMs: 5 })
    await Promise.all([1, 2, 3, 4, 5].map(send))
    expect(batches).toHaveLength(5)
    expect(peak()).toBe(2)
  })

  test('returns to each caller its own result or error', async () => {
    const send = createBatcher<number, number>({
      maxItems: 10,
      bucket: each(1),
      maxInFlight: 1,
      run: async (items) =>
        items.map((item) => (item < 0 ? { ok: false, error: new Error(`no ${item}`) } : ok(item))),
    })
    const results = await Promise.allSettled([1, -2, 3].map(send))
    expect(
      results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason))),
    ).toEqual([1, 'Error: no -2', 3])
  })

  test('fails only the callers of a batch that fails as a whole', async () => {
    let calls = 0
    const send = createBatcher<number, number>({
      maxItems: 2,
      bucket: each(1),
      maxInFlight: 1,
      run: async (items) => {
        if (++calls === 1) throw new Error('hub is down')
        return items.map(ok)
      },
    })
    const results = await Promise.allSettled([1, 2, 3].map(send))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  })

  test('rejects when the number of results is wrong, instead of mixing them up', async () => {
    const send = createBatcher<number, number>({
      maxItems: 5,
      bucket: each(1),
      maxInFlight: 1,
      run: async () => [ok(1)],
    })
    await expect(Promise.all([send(1), send(2)])).rejects.toThrow('a batch of 2 items got 1 results')
  })
})

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
