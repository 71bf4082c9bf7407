/** The texts of errors. */
import { expect, it } from 'vitest'
import { messageOf } from '../../../src/lib/errors.ts'

it.each([
  [new Error('broken'), 'broken'],
  ['a text', 'a text'],
  [
    new AggregateError([new Error('refused ::1'), new Error('refused 127.0.0.1')]),
    'refused ::1; refused 127.0.0.1',
  ],
  [new AggregateError([new Error('unused')], 'both failed'), 'both failed'],
])('of %s is %j', (thrown, text) => {
  expect(messageOf(thrown)).toBe(text)
})
