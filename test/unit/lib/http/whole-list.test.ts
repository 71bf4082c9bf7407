/** Lists that come in pages: whole, short, and changing while they are read. */
import { expect, test } from 'vitest'
import { type PagedList, readWhole } from '../../../../src/lib/http/whole-list.ts'

const ABOUT = { service: 'pyxis', what: 'find_images' }

type Listed = Omit<PagedList, 'ids'> & Partial<PagedList>

/** Reads these lists one after the other, the last one again and again. */
async function reading(...lists: (Listed | null)[]) {
  let readings = 0
  const list = await readWhole(ABOUT, async () => {
    const next = lists[Math.min(readings++, lists.length - 1)]
    return next ? { ids: [], ...next } : null
  })
  return { list, readings }
}

test.each([
  ['without a total', { count: 3, totals: [] }],
  ['with as many records as its pages count', { count: 3, totals: [3, 3] }],
  ['with more of them', { count: 4, totals: [3] }],
  ['that is empty', { count: 0, totals: [0] }],
  ['with records of different ids', { count: 2, totals: [2], ids: ['a', 'b'] }],
  ['with records of which some have no id', { count: 3, totals: [3], ids: ['a', 'b'] }],
])('a list %s is whole', async (_what, list) => {
  expect(await reading(list)).toEqual({ list: { ids: [], ...list }, readings: 1 })
})

test('a list that does not exist is not read again', async () => {
  expect(await reading(null)).toEqual({ list: null, readings: 1 })
})

test.each([
  ['a record was counted and not listed', { count: 3, totals: [4] }],
  ['a record left between two pages', { count: 250, totals: [251, 250, 250] }],
  ['a record came between two pages', { count: 251, totals: [250, 250, 251] }],
  [
    'a record has moved to the next page, and so another one past it',
    { count: 4, totals: [4, 4], ids: ['a', 'b', 'b', 'd'] },
  ],
])('a list is read again when %s', async (_what, list) => {
  const whole = { count: 4, totals: [4], ids: ['a', 'b', 'c', 'd'] }
  expect(await reading(list, whole)).toEqual({ list: whole, readings: 2 })
})

test.each([
  [{ count: 2, totals: [4] }, /^pyxis: find_images: the list is not whole: 2 of 4 records$/],
  [{ count: 4, totals: [4, 5] }, /its length changes from page to page$/],
  [
    { count: 3, totals: [], ids: ['a', 'b', 'b'] },
    /the list is not whole: 1 of 3 records come on two pages$/,
  ],
])('%j is trouble of the service when it stays so', async (list, message) => {
  await expect(reading(list)).rejects.toMatchObject({
    blame: 'service',
    message: expect.stringMatching(message),
  })
})
