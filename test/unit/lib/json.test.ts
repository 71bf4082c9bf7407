/** Checks of parsed JSON: texts that nothing can store, names that mean something else, and depth. */
import { describe, expect, it } from 'vitest'
import { findTextFault, isJsonObject, isWithinDepth } from '../../../src/lib/json.ts'

/** `value` inside that many lists. */
const nested = (levels: number, value: unknown = 'x'): unknown =>
  levels === 0 ? value : [nested(levels - 1, value)]

describe('a text fault', () => {
  const NUL = 'must be text without NUL characters'
  const SURROGATE = 'must be text without unpaired surrogates (\\ud800 to \\udfff)'

  it.each([
    ['in a text', '\0', '', NUL],
    ['in an item', ['a', 'b\0'], '[1]', NUL],
    ['in a member of an item', { subject: [1, { item: '\ud800' }] }, 'subject[1].item', SURROGATE],
    ['in a name', { a: { 'b\0': 1 } }, 'a."b\\u0000"', 'is not a valid field name'],
    [
      'the name of the prototype',
      JSON.parse('{"a": {"__proto__": 1}}'),
      'a."__proto__"',
      'is not a valid field name',
    ],
    ['a level too deep', { a: nested(40) }, `a${'[0]'.repeat(39)}`, 'must not be nested so deep'],
  ])('%s is found with its place', (_what, json, where, what) => {
    expect(findTextFault(json)).toEqual({ where, what })
  })

  it('is the first one, and shows long names in short', () => {
    expect(findTextFault({ ok: 'text', ['x'.repeat(200)]: ['\0'], later: '\0' })?.where).toBe(
      `${'x'.repeat(100)}[0]`,
    )
    expect(findTextFault({ [`${'x'.repeat(200)}\0`]: 1 })?.where).toBe(`"${'x'.repeat(99)}`)
  })

  it.each([['text 😀'], [null], [5], [[]], [{ a: [true, 'b'] }], [nested(39)]])('is not in %j', (json) => {
    expect(findTextFault(json)).toBeNull()
  })
})

it.each([
  [{}, true],
  [[], false],
  [null, false],
  ['text', false],
])('%j is an object: %s', (value, expected) => {
  expect(isJsonObject(value)).toBe(expected)
})

it('depth counts lists and objects, in each branch', () => {
  expect(isWithinDepth('x', 0)).toBe(true)
  expect(isWithinDepth(null, 0)).toBe(true)
  expect(isWithinDepth([], 0)).toBe(false)
  expect(isWithinDepth(nested(3), 3)).toBe(true)
  expect(isWithinDepth(nested(4), 3)).toBe(false)
  expect(isWithinDepth({ a: 1, b: { c: [1] } }, 2)).toBe(false)
  expect(isWithinDepth({ a: 1, b: { c: [1] } }, 3)).toBe(true)
})
