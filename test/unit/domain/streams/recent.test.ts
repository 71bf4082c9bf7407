import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StreamChange } from '../../../../src/domain/streams/change.ts'
import { createRecentEntries, type Entry } from '../../../../src/domain/streams/recent.ts'

const LIMITS = { maxEntries: 5, maxBytes: 100 }
const change = (position: number, bytes: number): StreamChange => ({
  position,
  kind: 'build.state.changed',
  groups: [],
  frame: new Uint8Array(bytes),
})
const entry = (position: number, bytes = 1): Entry => ({ position, change: change(position, bytes) })
const positions = (entries: readonly Entry[]) => entries.map(({ position }) => position)

describe('the newest changes', () => {
  it('reach back to where they begin, and hold what is behind a position', () => {
    const recent = createRecentEntries(7, LIMITS)
    expect([recent.reaches(6), recent.reaches(7), recent.newest()]).toEqual([false, true, 7])
    recent.add([entry(8), entry(9), entry(10)])
    expect(positions(recent.after(7))).toEqual([8, 9, 10])
    expect(positions(recent.after(9))).toEqual([10])
    expect(positions(recent.after(12))).toEqual([])
    expect([recent.reaches(6), recent.reaches(7), recent.newest()]).toEqual([false, true, 10])
  })

  it('drop the oldest when there are too many, or too many bytes, and always keep the newest', () => {
    const recent = createRecentEntries(0, LIMITS)
    recent.add([1, 2, 3, 4, 5, 6, 7].map((position) => entry(position)))
    expect([positions(recent.after(2)), recent.reaches(1)]).toEqual([[3, 4, 5, 6, 7], false])
    recent.add([entry(8, 98)])
    expect([positions(recent.after(5)), recent.reaches(4)]).toEqual([[6, 7, 8], false])
    recent.add([entry(9, 1000)])
    expect([positions(recent.after(8)), recent.reaches(7)]).toEqual([[9], false])
  })

  it('begin again behind a hole', () => {
    const recent = createRecentEntries(0, LIMITS)
    recent.add([entry(1), entry(2), entry(5), entry(6)])
    expect([recent.reaches(3), positions(recent.after(4))]).toEqual([false, [5, 6]])
  })

  it('hold everything behind every position that they reach', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(60), { minLength: 1, maxLength: 4 })),
        fc.nat(40),
        (batches, from) => {
          const recent = createRecentEntries(0, LIMITS)
          let position = 0
          for (const batch of batches)
            recent.add(
              batch.map((bytes) => {
                position += 1
                return entry(position, bytes)
              }),
            )
          if (!recent.reaches(from)) return
          const wanted = Array.from({ length: Math.max(0, position - from) }, (_none, n) => from + 1 + n)
          expect(positions(recent.after(from))).toEqual(wanted)
        },
      ),
    )
  })
})
