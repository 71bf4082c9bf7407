import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readJson, readObject } from '../../../src/present/stored-json.ts'

describe('stored JSON', () => {
  it('comes back with its keys in alphabetical order at every depth', () => {
    const text = '{"b": 1, "a": {"d": [{"z": 1, "y": 2}], "c": null}}'
    expect(JSON.stringify(readObject(text))).toBe('{"a":{"c":null,"d":[{"y":2,"z":1}]},"b":1}')
  })

  it('comes back with the value that was stored', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(readJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('is an empty object where an object is shown and none is stored', () => {
    for (const text of [null, '', '[1]', '"text"', 'null', '{broken']) expect(readObject(text)).toEqual({})
  })

  it('is null where any value is shown and none is stored', () => {
    for (const text of [null, '', '{broken']) expect(readJson(text)).toBeNull()
  })

  it('keeps a key that is called __proto__ a key', () => {
    expect(JSON.stringify(readObject('{"__proto__": {"a": 1}}'))).toBe('{"__proto__":{"a":1}}')
  })
})
