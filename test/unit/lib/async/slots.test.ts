/** Limiting how many tasks run at once. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKeyedSlots, createSlots } from '../../../../src/lib/async/slots.ts'

test('runs everything, never more tasks at once than slots, and with one slot in the order of the calls', async () => {
  const delays = fc.array(fc.record({ before: fc.nat(3), takes: fc.nat(3), fails: fc.boolean() }), {
    maxLength: 25,
  })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), delays, async (limit, works) => {
      const withSlot = createSlots(limit)
      const started: number[] = []
      let running = 0
      let peak = 0
      const results: Promise<unknown>[] = []
      for (const [index, { before, takes, fails }] of works.entries()) {
        await turns(before) // calls arrive while others run, and while a slot is being released
        const work = withSlot(async () => {
          started.push(index)
          peak = Math.max(peak, ++running)
          await turns(takes)
          running -= 1
          if (fails) throw new Error(`work ${index}`)
        })
        results.push(work.catch((error: Error) => error.message))
      }
      const ended = await Promise.all(results)
      expect(peak).toBeLessThanOrEqual(limit)
      // With several slots, two tasks that start in the same turn may swap places.
      expect(limit === 1 ? started : started.toSorted((a, b) => a - b)).toEqual(
        works.map((_, index) => index),
      )
      expect(ended).toEqual(works.map(({ fails }, index) => (fails ? `work ${index}` : undefined)))
    }),
  )
})

test.each([
  [3, 3],
  [0, 1],
  [-1, 1],
])('with %d slots, as many tasks run as there are slots: %d', async (limit, expected) => {
  const withSlot = createSlots(limit)
  const { promise, resolve } = Promise.withResolvers<void>()
  let started = 0
  const works = Array.from({ length: 5 }, () =>
    withSlot(() => {
      started += 1
      return promise
    }),
  )
  await turns(10)
  expect(started).toBe(expected)
  resolve()
  await Promise.all(works)
  expect(started).toBe(5)
})

test('the slots of a key are the same for all its tasks, also after the first has ended', async () => {
  const withSlot = createKeyedSlots(1)
  const ends = ['first', 'second', 'third'].map(() => Promise.withResolvers<void>())
  const started: number[] = []
  const run = (index: number) =>
    withSlot('a', () => {
      started.push(index)
      return ends[index]?.promise ?? Promise.resolve()
    })
  const works = [run(0), run(1)]
  ends[0]?.resolve()
  await works[0]
  works.push(run(2))
  await turns(10)
  expect(started).toEqual([0, 1])
  for (const { resolve } of ends) resolve()
  await Promise.all(works)
  expect(started).toEqual([0, 1, 2])
})

test('slots of a key are not taken by tasks of another', async () => {
  const withSlot = createKeyedSlots(1)
  const long = Promise.withResolvers<string>()
  const started: string[] = []
  const run = (key: string, ends: Promise<string>) =>
    withSlot(key, async () => {
      started.push(key)
      return ends
    })
  const first = run('a', long.promise)
  const second = run('a', Promise.resolve('second'))
  expect(await run('b', Promise.resolve('b'))).toBe('b')
  expect(started).toEqual(['a', 'b'])
  long.resolve('first')
  expect(await Promise.all([first, second])).toEqual(['first', 'second'])
  expect(await run('a', Promise.resolve('third'))).toBe('third')
})

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
}
