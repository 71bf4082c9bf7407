import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createCachedAnswer } from '../../../../src/lib/async/cached-answer.ts'

const MS = 1000
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

/** Work that counts its runs. */
function counting() {
  let runs = 0
  return { work: async () => (runs += 1), runs: () => runs }
}

it('an answer is shared by callers that come while it is made', async () => {
  const kept = createCachedAnswer<number>(MS)
  const { promise, resolve } = Promise.withResolvers<number>()
  const first = kept.get(() => promise)
  vi.advanceTimersByTime(10 * MS) // longer than it will be kept
  const second = kept.get(async () => 2)
  resolve(1)
  expect(await Promise.all([first, second])).toEqual([1, 1])
})

it('an answer is kept from the start of its work on, and then made again', async () => {
  const kept = createCachedAnswer<number>(MS)
  const { work } = counting()
  expect(await kept.get(work)).toBe(1)
  vi.advanceTimersByTime(MS - 1)
  expect(await kept.get(work)).toBe(1)
  vi.advanceTimersByTime(1)
  expect(await kept.get(work)).toBe(2)
})

it('an answer is not kept when it is an error', async () => {
  const kept = createCachedAnswer<number>(MS)
  await expect(kept.get(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await kept.get(async () => 2)).toBe(2)
})

it('an answer is made again after a change, also when its work had begun before', async () => {
  const kept = createCachedAnswer<number>(MS)
  const { promise, resolve } = Promise.withResolvers<number>()
  const before = kept.get(() => promise)
  kept.renew()
  expect(await kept.get(async () => 2)).toBe(2)
  resolve(1)
  expect(await before).toBe(1)
  expect(await kept.get(async () => 3)).toBe(2)
})

it('an answer is kept although older work fails after it', async () => {
  const kept = createCachedAnswer<number>(MS)
  const { promise, reject } = Promise.withResolvers<number>()
  const before = kept.get(() => promise)
  kept.renew()
  expect(await kept.get(async () => 2)).toBe(2)
  reject(new Error('away'))
  await expect(before).rejects.toThrow('away')
  expect(await kept.get(async () => 3)).toBe(2)
})
