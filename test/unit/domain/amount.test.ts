import { expect, it } from 'vitest'
import { amount } from '../../../src/domain/amount.ts'

it('amounts have separators and the right number of the noun', () => {
  expect([amount(1, 'image'), amount(10_000, 'image'), amount(0, 'policy', 'policies')]).toEqual([
    '1 image',
    '10,000 images',
    '0 policies',
  ])
})
