import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type CacheByCost, createCacheByCost } from '../../../../src/lib/async/cache-by-cost.ts'

const COST = 1000
const KEPT = 20 * COST
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const evenAnswers = () => createCacheByCost<number>((answer) => answer % 2 === 0)
/** Work that takes a second. */
const costly = (answer: number) => async () => {
  vi.advanceTimersByTime(COST)
  return answer
}
/** An answer that is requested, and found when `resolve` is called. */
function asking(kept: CacheByCost<number>, key = 'a') {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  return { answer: kept(key, () => promise), resolve, reject }
}

it('the cache keeps a costly answer for twenty times as long as it took', async () => {
  const kept = evenAnswers()
  expect(await kept('a', costly(2))).toBe(2)
  vi.advanceTimersByTime(KEPT - 1)
  expect(await kept('a', costly(4))).toBe(2)
  vi.advanceTimersByTime(1)
  expect(await kept('a', costly(4))).toBe(4)
})

it('the cache finds others again each time, and each key by itself', async () => {
  const kept = evenAnswers()
  expect(await kept('a', costly(1))).toBe(1)
  expect(await kept('a', costly(2))).toBe(2)
  expect(await kept('b', costly(4))).toBe(4)
})

it('the cache gives the last answer while a new one is found, by one caller alone', async () => {
  const kept = evenAnswers()
  await kept('a', costly(2))
  vi.advanceTimersByTime(KEPT)
  const renewing = asking(kept)
  expect(await asking(kept).answer).toBe(2)
  renewing.resolve(4)
  expect(await renewing.answer).toBe(4)
})

it('the cache does not share what has no last answer: a caller may have changed it just before', async () => {
  const kept = evenAnswers()
  const [first, second] = [asking(kept), asking(kept)]
  second.resolve(4)
  expect(await second.answer).toBe(4)
  first.resolve(2)
  expect(await first.answer).toBe(2)
})

it('the cache keeps no error, and none of what was before it', async () => {
  const kept = evenAnswers()
  await kept('a', costly(2))
  vi.advanceTimersByTime(KEPT)
  const failing = asking(kept)
  failing.reject(new Error('away'))
  await expect(failing.answer).rejects.toThrow('away')
  expect(await kept('a', costly(4))).toBe(4)
})

it('the cache forgets an answer that has become cheap', async () => {
  const kept = evenAnswers()
  await kept('a', costly(2))
  vi.advanceTimersByTime(KEPT)
  expect(await kept('a', costly(1))).toBe(1)
  expect(await kept('a', costly(3))).toBe(3)
})
