/** What is stored of texts and JSON that PostgreSQL refuses. */
import { describe, expect, it } from 'vitest'
import { indexableText, storable, storableJson, storableText } from '../../../src/lib/storable.ts'

describe('a text that cannot be stored', () => {
  it('gets a replacement for each character that is refused', () => {
    expect(storableText('a\0b\0')).toBe('a\ufffdb\ufffd')
    expect(storableText('a\ud800b')).toBe('a\ufffdb')
    expect(storableText('\0\udc00')).toBe('\ufffd\ufffd')
    expect(storableText('plain 😀')).toBe('plain 😀')
  })

  it('is replaced wherever it is, also in names', () => {
    const date = new Date(0)
    const value = { 'n\0': ['a\0', { b: '\0' }], date, count: 1, none: null }
    expect(storable(value)).toEqual({ 'n\ufffd': ['a\ufffd', { b: '\ufffd' }], date, count: 1, none: null })
    expect(storable(value).date).toBe(date)
    const bare = Object.assign(Object.create(null), { a: '\0' })
    expect(storableJson([bare, '\0'])).toBe('[{"a":"\ufffd"},"\ufffd"]')
  })
})

describe('a text for an index', () => {
  it('stays up to 500 characters', () => {
    expect(indexableText('x'.repeat(500))).toBe('x'.repeat(500))
  })

  it('becomes its beginning and its hash, 500 characters together, beyond that', () => {
    const [left, right] = ['a', 'b'].map((end) => indexableText('x'.repeat(500) + end))
    expect(left).toMatch(/^x{435}~[0-9a-f]{64}$/)
    expect(right).toMatch(/^x{435}~[0-9a-f]{64}$/)
    expect(left).not.toBe(right)
  })
})
