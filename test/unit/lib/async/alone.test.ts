/** Skipping work while the same is still under way. */
import { expect, test } from 'vitest'
import { createAlone } from '../../../../src/lib/async/alone.ts'

test('skips work of the same name without waiting for it, and runs other work', async () => {
  const alone = createAlone()
  const long = Promise.withResolvers<void>()
  const ran: string[] = []
  const first = alone('old', async () => {
    ran.push('first')
    await long.promise
  })
  await alone('old', async () => void ran.push('second'))
  await alone('due', async () => void ran.push('due'))
  expect(ran).toEqual(['first', 'due'])
  long.resolve()
  await first
  await alone('old', async () => void ran.push('third'))
  expect(ran).toEqual(['first', 'due', 'third'])
})

test('runs work again after it has failed', async () => {
  const alone = createAlone()
  await expect(alone('old', () => Promise.reject(new Error('no database')))).rejects.toThrow('no database')
  let ran = false
  await alone('old', async () => {
    ran = true
  })
  expect(ran).toBe(true)
})
