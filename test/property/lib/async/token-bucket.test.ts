/** Whatever is requested when, a bucket keeps to its rate and lets nothing wait longer than that requires. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTokenBucket } from '../../../../src/lib/async/token-bucket.ts'

/** Timers are whole milliseconds. */
const TIMER_MS = 1

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const rate = fc.record({ perSecond: fc.integer({ min: 1, max: 50 }), burst: fc.integer({ min: 1, max: 20 }) })
/** Requests, each so long after the one before. */
const requests = fc.array(
  fc.record({ afterMs: fc.oneof(fc.constant(0), fc.nat(40), fc.nat(3000)), isWithdrawn: fc.boolean() }),
  { minLength: 1, maxLength: 60 },
)
type Requests = { afterMs: number; isWithdrawn: boolean }[]
type Departure = { id: number; requestedAt: number; leftAt: number }

/** What left when. What is withdrawn must not leave, unless it left before it could be withdrawn. */
async function departures(limit: { perSecond: number; burst: number }, list: Requests): Promise<Departure[]> {
  const { turn } = createTokenBucket(limit)
  const left: Departure[] = []
  for (const [id, { afterMs, isWithdrawn }] of list.entries()) {
    await vi.advanceTimersByTimeAsync(afterMs)
    const requestedAt = performance.now()
    const withdraw = turn(() => left.push({ id, requestedAt, leftAt: performance.now() }))
    if (isWithdrawn) withdraw()
  }
  await vi.advanceTimersByTimeAsync(1000 * list.length + 1000)
  return left
}

test('the bucket never lets more leave than the burst and the rate allow, in any stretch of time', async () => {
  await fc.assert(
    fc.asyncProperty(rate, requests, async (limit, list) => {
      const times = (await departures(limit, list)).map(({ leftAt }) => leftAt)
      for (const [first, from] of times.entries())
        for (const [last, to] of times.entries())
          if (last >= first)
            expect(last - first + 1).toBeLessThanOrEqual(
              limit.burst + ((to - from) * limit.perSecond) / 1000 + 1e-6,
            )
    }),
  )
})

test('the bucket lets everything that is not withdrawn leave, once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(rate, requests, async (limit, list) => {
      const left = (await departures(limit, list)).map(({ id }) => id)
      expect(left).toEqual(list.flatMap(({ isWithdrawn }, id) => (isWithdrawn ? [] : [id])))
    }),
  )
})

test('the bucket lets nothing wait for longer than its place in the order, the rate and the distance in busy times require', async () => {
  await fc.assert(
    fc.asyncProperty(rate, requests, async (limit, list) => {
      let [tokens, at] = [limit.burst, Number.NaN] // of an exact bucket
      for (const { requestedAt, leftAt } of await departures(limit, list)) {
        const from = Math.max(requestedAt, Number.isNaN(at) ? requestedAt : at)
        tokens = Math.min(
          limit.burst,
          tokens + (Number.isNaN(at) ? 0 : ((from - at) * limit.perSecond) / 1000),
        )
        const spacedAt = at + 1300 / limit.perSecond // NaN for the first
        const dueAt = Math.max(from + (Math.max(0, 1 - tokens) * 1000) / limit.perSecond, spacedAt || 0)
        expect(leftAt).toBeLessThanOrEqual(dueAt + TIMER_MS + 1e-6)
        tokens = Math.min(limit.burst, tokens + ((leftAt - from) * limit.perSecond) / 1000) - 1
        at = leftAt
      }
    }),
  )
})

test('the bucket lets a burst leave at once, then keeps a distance that is longer by three tenths, until there was a pause', async () => {
  const bucket = createTokenBucket({ perSecond: 10, burst: 5 })
  const began = performance.now()
  const left: number[] = []
  const request = () => bucket.turn(() => left.push(performance.now() - began))
  for (let n = 0; n < 8; n += 1) request()
  await vi.advanceTimersByTimeAsync(390)
  expect(left).toEqual([0, 0, 0, 0, 0, 130, 260, 390])
  await vi.advanceTimersByTimeAsync(610)
  for (let n = 0; n < 2; n += 1) request()
  await vi.advanceTimersByTimeAsync(0)
  expect(left.slice(8)).toEqual([1000, 1000])
})
