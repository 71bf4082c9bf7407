/** Collecting single items into batches. */
import { describe, expect, test } from 'vitest'
import type { BatchResult } from '../../../../src/lib/async/batch.ts'
import { createBatcher } from '../../../../src/lib/async/batcher.ts'
import type { TokenBucket } from '../../../../src/lib/async/token-bucket.ts'
import { each, pause, useExactTimes } from '../../../support/batches/exact-times.ts'

const ok = <O>(value: O): BatchResult<O> => ({ ok: true, value })

useExactTimes()

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
