/** Looking things up one by one: what a service refuses about one of them, and what is not about any of them. */
import { expect, it } from 'vitest'
import { lookUpEach } from '../../../../src/lib/async/look-up-each.ts'
import { UpstreamError } from '../../../../src/lib/errors.ts'

const refusal = (status: number) =>
  new UpstreamError({ service: 'pyxis-rest', failure: 'status', detail: `HTTP ${status}`, status })

const lookUp = (failures: Record<string, Error>) => async (item: string) => {
  const failure = failures[item]
  if (failure) throw failure
  return item.toUpperCase()
}

it('a refusal is the result of its own item', async () => {
  const error = refusal(400)
  expect(await lookUpEach(['a', 'b', 'c'], lookUp({ b: error }))).toEqual([
    ['a', { ok: true, value: 'A' }],
    ['b', { ok: false, error }],
    ['c', { ok: true, value: 'C' }],
  ])
  expect(await lookUpEach([], lookUp({}))).toEqual([])
})

it('trouble, a bug, and a refusal of everything concern all items', async () => {
  for (const error of [refusal(503), refusal(401), new TypeError('bug')])
    await expect(lookUpEach(['a', 'b'], lookUp({ b: error }))).rejects.toBe(error)
  const first = refusal(400)
  await expect(lookUpEach(['a', 'b'], lookUp({ a: first, b: refusal(422) }))).rejects.toBe(first)
})
