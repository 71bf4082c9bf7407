/** The cache keeps what it should, for as long as it should, and no more than it should. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCache } from '../../../src/lib/cache.ts'

function cacheAt(maxEntries = 3) {
  const clock = { now: 0 }
  return { clock, cache: createCache<string>(maxEntries, () => clock.now) }
}

describe('a cache', () => {
  it('gives what was set until its time is over', () => {
    const { cache, clock } = cacheAt()
    cache.set('a', '1', 1000)
    clock.now = 999
    expect(cache.get('a')).toBe('1')
    clock.now = 1000
    expect(cache.get('a')).toBeUndefined()
  })

  it('does not live longer for being asked', () => {
    const { cache, clock } = cacheAt()
    cache.set('a', '1', 1000)
    clock.now = 900
    cache.get('a')
    clock.now = 1001
    expect(cache.get('a')).toBeUndefined()
  })

  it('keeps nothing for no time, and drops what was there under that key', () => {
    const { cache } = cacheAt()
    cache.set('a', '1', 1000)
    cache.set('a', '2', 0)
    expect(cache.get('a')).toBeUndefined()
  })

  it('forgets on demand', () => {
    const { cache } = cacheAt()
    cache.set('a', '1', 1000)
    cache.delete('a')
    expect(cache.get('a')).toBeUndefined()
  })

  it('makes room by dropping what was not used for longest', () => {
    const { cache } = cacheAt(2)
    cache.set('a', '1', 1000)
    cache.set('b', '2', 1000)
    cache.get('a')
    cache.set('c', '3', 1000)
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual(['1', undefined, '3'])
  })

  it('never holds more than it may', () => {
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
