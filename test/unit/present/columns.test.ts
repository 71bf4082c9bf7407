import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { presentDate, presentDateOrNull, readJson, readObject } from '../../../src/present/columns.ts'

describe('a date', () => {
  it('is in UTC, with its fraction of a second cut off', () => {
    expect(presentDate(new Date('2019-08-01T09:00:46.999+02:00'))).toBe('2019-08-01T07:00:46Z')
    expect(presentDateOrNull(null)).toBeNull()
  })

  it('is written as ISO 8601 writes it, whenever it is', () => {
    const written = (date: Date) => `${date.toISOString().slice(0, 19)}Z`
    fc.assert(fc.property(fc.date({ noInvalidDate: true }), (date) => presentDate(date) === written(date)))
    for (const text of ['0999-12-31T23:59:59Z', '1000-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])
      expect(presentDate(new Date(text))).toBe(text)
    expect(() => presentDate(new Date('never'))).toThrow(RangeError)
  })
})

describe('stored JSON', () => {
  it('is read with its keys in alphabetical order at every depth', () => {
    const text = '{"b": 1, "a": {"d": [{"z": 1, "y": 2}], "c": null}}'
    expect(JSON.stringify(readObject(text))).toBe('{"a":{"c":null,"d":[{"y":2,"z":1}]},"b":1}')
  })

  it('is read with the value that was stored', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(readJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('is an empty object where an object is expected and none is stored', () => {
    for (const text of [null, '', '[1]', '"text"', 'null', '{broken']) expect(readObject(text)).toEqual({})
  })

  it('is null where any value is expected and none is stored', () => {
    for (const text of [null, '', '{broken']) expect(readJson(text)).toBeNull()
  })

  it('keeps the key __proto__ as a plain key', () => {
    expect(JSON.stringify(readObject('{"__proto__": {"a": 1}}'))).toBe('{"__proto__":{"a":1}}')
  })
})
