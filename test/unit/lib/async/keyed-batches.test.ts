/** Gathering items by key. */
import { expect, test } from 'vitest'
import type { BatchResult } from '../../../../src/lib/async/batch.ts'
import { createKeyedBatches } from '../../../../src/lib/async/keyed-batches.ts'

/** Doubles numbers when `finish` is called, once for each batch, in order. */
function doubling(maxItems = 100) {
  const join = createKeyedBatches<string, number, number>(maxItems)
  const batches: [string, number[]][] = []
  const finishers: ((error?: Error) => void)[] = []
  const send = (key: string, item: number) =>
    join(key, item, async (items) => {
      batches.push([key, items])
      await new Promise<void>((resolve, reject) => {
        finishers.push((error) => (error ? reject(error) : resolve()))
      })
      return items.map(
        (number): BatchResult<number> =>
          number < 0 ? { ok: false, error: new Error(`not ${number}`) } : { ok: true, value: 2 * number },
      )
    })
  const finish = async (error?: Error) => {
    finishers.shift()?.(error)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { send, batches, finish }
}

test('processes a lone item at once, and together what comes while it is under way, in order', async () => {
  const { send, batches, finish } = doubling()
  const results = Promise.allSettled([send('a', 1), send('a', 2), send('a', -3), send('a', 4)])
  expect(batches).toEqual([['a', [1]]])
  await finish()
  expect(batches[1]).toEqual(['a', [2, -3, 4]])
  await finish()
  expect((await results).map((end) => (end.status === 'fulfilled' ? end.value : String(end.reason)))).toEqual(
    [2, 4, 'Error: not -3', 8],
  )
})

test('lets no key wait for another', async () => {
  const { send, batches, finish } = doubling()
  const all = [send('a', 1), send('b', 2)]
  expect(batches).toEqual([
    ['a', [1]],
    ['b', [2]],
  ])
  await finish()
  await finish()
  expect(await Promise.all(all)).toEqual([2, 4])
})

test('goes on after a batch that failed as a whole, and takes no more than the maximum', async () => {
  const { send, batches, finish } = doubling(2)
  const results = Promise.allSettled([1, 2, 3, 4].map((item) => send('a', item)))
  await finish(new Error('database is down'))
  await finish()
  await finish()
  expect(batches.map(([, items]) => items)).toEqual([[1], [2, 3], [4]])
  expect((await results).map(({ status }) => status)).toEqual(['rejected', ...Array(3).fill('fulfilled')])
  const again = send('a', 5)
  await finish()
  expect(await again).toBe(10)
})
