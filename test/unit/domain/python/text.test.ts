/** Values in error texts look as Python prints them. */
import { describe, expect, it } from 'vitest'
import { pythonText, repr } from '../../../../src/domain/python/text.ts'

describe('Python prints', () => {
  it.each([
    ['test', "'test'"],
    ["it's", `"it's"`],
    [`it's "x"`, `'it\\'s "x"'`],
    ['a"b', `'a"b'`],
    ['a\nb\\\x01', `'a\\nb\\\\\\x01'`],
    ['a\u00a0\u200b\u2028\u{e0001}é €', `'a\\xa0\\u200b\\u2028\\U000e0001é €'`],
  ])('the text %j as %s', (text, shown) => {
    expect(repr(text)).toBe(shown)
  })

  it.each([
    [null, 'None'],
    [true, 'True'],
    [5, '5'],
    ['x', 'x'],
    [['a', 1, { b: null }], "['a', 1, {'b': None}]"],
    [[[[[1]]]], '[[[...]]]'],
  ])('the value %j as %s', (value, shown) => {
    expect(pythonText(value)).toBe(shown)
  })

  it('long texts and values truncated', () => {
    expect(pythonText('x'.repeat(1_000_000)).length).toBeLessThan(300)
    expect(pythonText(Array(1_000_000).fill('abc')).length).toBeLessThan(300)
  })
})
