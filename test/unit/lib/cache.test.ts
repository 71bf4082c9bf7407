/** The cache: expiry, eviction and its size limit. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCache } from '../../../src/lib/cache.ts'

function cacheAt(maxEntries = 3) {
  const clock = { now: 0 }
  return { clock, cache: createCache<string>(maxEntries, () => clock.now) }
}

describe('a cache', () => {
  it('returns an entry until it expires', () => {
    const { cache, clock } = cacheAt()
    cache.set('a', '1', 1000)
    clock.now = 999
    expect(cache.get('a')).toBe('1')
    clock.now = 1000
    expect(cache.get('a')).toBeUndefined()
  })

  it('does not extend the life of an entry that is read', () => {
    const { cache, clock } = cacheAt()
    cache.set('a', '1', 1000)
    clock.now = 900
    cache.get('a')
    clock.now = 1001
    expect(cache.get('a')).toBeUndefined()
  })

  it('stores nothing for a time of 0, and removes the existing entry', () => {
    const { cache } = cacheAt()
    cache.set('a', '1', 1000)
    cache.set('a', '2', 0)
    expect(cache.get('a')).toBeUndefined()
  })

  it('stores nothing for a time below 0, which takes no place of another entry', () => {
    const { cache } = cacheAt(1)
    cache.set('a', '1', 1000)
    cache.set('b', '2', 0)
    cache.set('c', '3', -1)
    expect(['a', 'b', 'c'].map(cache.get)).toEqual(['1', undefined, undefined])
  })

  it('is empty once it is cleared', () => {
    const { cache } = cacheAt()
    cache.set('a', '1', 1000)
    cache.clear()
    expect(cache.get('a')).toBeUndefined()
  })

  it('deletes an entry on request', () => {
    const { cache } = cacheAt()
    cache.set('a', '1', 1000)
    cache.delete('a')
    expect(cache.get('a')).toBeUndefined()
  })

  it('evicts the least recently used entry', () => {
    const { cache } = cacheAt(2)
    cache.set('a', '1', 1000)
    cache.set('b', '2', 1000)
    cache.get('a')
    cache.set('c', '3', 1000)
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual(['1', undefined, '3'])
  })

  it('never holds more than the maximum number of entries', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (keys, max) => {
        const { cache } = cacheAt(max)
        for (const key of keys) cache.set(String(key), 'x', 1000)
        const held = [...new Set(keys)].filter((key) => cache.get(String(key)) !== undefined)
        expect(held).toHaveLength(Math.min(max, new Set(keys).size))
      }),
    )
  })
})
