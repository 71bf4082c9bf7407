/** The texts of errors, and which of them may pass. */
import { expect, it } from 'vitest'
import { isTransient, messageOf } from '../../../src/lib/errors.ts'

it('are final when a service refuses the thing, even if the text mentions a connection', () => {
  const refused = (blame: string) =>
    Object.assign(new Error('No such build: perl-Connection-1-1'), { service: 'koji', blame })
  expect(isTransient(refused('thing'))).toBe(false)
  expect(isTransient(refused('service'))).toBe(true)
  expect(isTransient(new Error('Connection terminated'))).toBe(true)
})

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
