/** What callers of shared work get, in whatever order they come, give up, and the work begins, ends and fails. */
import { setImmediate as turn } from 'node:timers/promises'
import fc, { type Scheduler } from 'fast-check'
import { expect, test } from 'vitest'
import { createCachedAnswer } from '../../../../src/lib/async/cached-answer.ts'
import { createKeyedBatches } from '../../../../src/lib/async/keyed-batches.ts'
import { createSharedRuns } from '../../../../src/lib/async/shared-runs.ts'
import { createSharedWork } from '../../../../src/lib/async/shared-work.ts'

/** Callers come in any order among the ends of the work that is under way. */
type Caller = { key: 'a' | 'b'; givesUp: boolean }
const callers = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), givesUp: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
})

/** Lets everything happen that is scheduled, one thing in each turn of the event loop, until all of these have an outcome. */
async function settleAll<T>(s: Scheduler, work: Promise<T>[]): Promise<PromiseSettledResult<T>[]> {
  let isOver = false
  const settled = Promise.allSettled(work).finally(() => {
    isOver = true
  })
  for (let turns = 0; !isOver && turns < 1000; turns += 1) {
    if (s.count() > 0) await s.waitOne()
    await turn()
  }
  expect(isOver).toBe(true)
  return settled
}

/** Counts what happens; work takes as long as the scheduler says, and fails at every fifth count. */
function createClock(s: Scheduler) {
  let now = 0
  return {
    tick: () => ++now,
    work: async (): Promise<number> => {
      const began = ++now
      await s.schedule(Promise.resolve())
      if (began % 5 === 0) throw new Error(`began at ${began}`)
      return began
    },
  }
}

const beginOf = (result: PromiseSettledResult<unknown>) =>
  result.status === 'fulfilled' ? Number(result.value) : Number(/\d+/.exec(String(result.reason))?.[0])

test('shared work begins after its callers came, and is aborted only when all of them have given up', async () => {
  const property = fc.asyncProperty(fc.scheduler(), callers, async (s, coming) => {
    const { join } = createSharedWork<number>()
    const { tick, work } = createClock(s)
    const call = async ({ key, givesUp }: Caller) => {
      await s.schedule(Promise.resolve())
      const controller = new AbortController()
      const came = tick()
      if (givesUp) void s.schedule(Promise.resolve()).then(() => controller.abort(new Error('gave up')))
      const start = async (signal: AbortSignal) => {
        const began = await work()
        return signal.aborted ? 0 : began
      }
      const [result] = await Promise.allSettled([join(key, controller.signal, start)])
      const hasGivenUp = result?.status === 'rejected' && String(result.reason) === 'Error: gave up'
      expect(hasGivenUp ? givesUp : result && beginOf(result) > came).toBe(true)
    }
    expect((await settleAll(s, coming.map(call))).filter(({ status }) => status === 'rejected')).toEqual([])
  })
  await fc.assert(property, { numRuns: 150 })
})

test('shared runs begin after their callers came, one at a time', async () => {
  const property = fc.asyncProperty(fc.scheduler(), callers, async (s, coming) => {
    const runs = createSharedRuns<number>()
    const { tick, work } = createClock(s)
    const underWay = new Set<string>()
    const call = async ({ key }: Caller) => {
      await s.schedule(Promise.resolve())
      const came = tick()
      const alone = async () => {
        expect(underWay.has(key)).toBe(false)
        underWay.add(key)
        return work().finally(() => underWay.delete(key))
      }
      const [result] = await Promise.allSettled([runs(key, alone).then(({ value }) => value)])
      expect(result && beginOf(result)).toBeGreaterThan(came)
    }
    expect((await settleAll(s, coming.map(call))).filter(({ status }) => status === 'rejected')).toEqual([])
  })
  await fc.assert(property, { numRuns: 150 })
})

test('a kept answer is none of work that began before the last change, and errors are not kept', async () => {
  const property = fc.asyncProperty(fc.scheduler(), callers, async (s, coming) => {
    const { get, renew } = createCachedAnswer<number>(60_000)
    const { tick, work } = createClock(s)
    let changed = 0
    const failed = new Set<number>()
    const call = async ({ givesUp: changes }: Caller) => {
      await s.schedule(Promise.resolve())
      if (changes) {
        changed = tick()
        return renew()
      }
      const [since, known] = [changed, new Set(failed)]
      const [result] = await Promise.allSettled([get(work)])
      const began = result ? beginOf(result) : 0
      if (result?.status === 'rejected') failed.add(began)
      expect([began > since, known.has(began)]).toEqual([true, false])
    }
    expect((await settleAll(s, coming.map(call))).filter(({ status }) => status === 'rejected')).toEqual([])
  })
  await fc.assert(property, { numRuns: 150 })
})

test('batches by key have each item once, in order, and one batch of a key at a time', async () => {
  const property = fc.asyncProperty(fc.scheduler(), callers, async (s, coming) => {
    const batches = createKeyedBatches<string, number, number>(3)
    const { tick, work } = createClock(s)
    const processed = new Map<string, number[]>()
    const underWay = new Set<string>()
    const call = async ({ key }: Caller) => {
      await s.schedule(Promise.resolve())
      const item = tick()
      const run = async (items: number[]) => {
        expect([underWay.has(key), items.length <= 3]).toEqual([false, true])
        underWay.add(key)
        processed.set(key, [...(processed.get(key) ?? []), ...items])
        await work().finally(() => underWay.delete(key))
        return items.map((value) => ({ ok: true as const, value }))
      }
      const [result] = await Promise.allSettled([batches(key, item, run)])
      if (result?.status === 'fulfilled') expect(result.value).toBe(item)
      else expect(String(result?.reason)).toMatch(/^Error: began at/)
    }
    expect((await settleAll(s, coming.map(call))).filter(({ status }) => status === 'rejected')).toEqual([])
    for (const items of processed.values())
      expect(items).toEqual(items.toSorted((left, right) => left - right))
    expect([...processed.values()].flat()).toHaveLength(coming.length)
  })
  await fc.assert(property, { numRuns: 150 })
})
