/** Checks how one stream gets every change that is for it, whatever its client and the database do. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFollower, type StreamEnd } from '../../../../src/commands/streams/follower.ts'
import {
  EVERY_EVENT,
  filterOfEvents,
  isFor,
  type StreamChange,
} from '../../../../src/domain/streams/change.ts'
import { createRecentEntries, type Entry } from '../../../../src/domain/streams/recent.ts'

/** Every third position is for no stream, every fifth for another one. */
const isWanted = (position: number) => position % 3 !== 0 && position % 5 !== 0
const entry = (position: number): Entry => ({
  position,
  change: position % 3 === 0 ? null : change(position, position % 5 === 0 ? 'event 9' : EVERY_EVENT),
})
const change = (position: number, key: string): StreamChange => ({
  position,
  kind: 'build.state.changed',
  groups: [key],
  frame: new TextEncoder().encode(`${position} `),
})
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from) }, (_none, n) => from + 1 + n)

type SetUp = { newest: number; after: number; window?: number; events?: number[] }

/** A feed that the test fills, of which `window` entries are kept in memory, and a client of a stream behind `after`. */
function setUp({ newest, after, window = 50, events = [] }: SetUp) {
  const recent = createRecentEntries(newest, { maxEntries: window, maxBytes: 1_000_000 })
  const received: number[] = []
  const ends: StreamEnd[] = []
  const reads: number[] = []
  let stored = newest
  const filter = filterOfEvents({ events, advisories: [], kinds: [] })
  const follower = createFollower(
    {
      recent: () => recent,
      older: async (position) => {
        reads.push(position)
        return range(position, Math.min(position + 4, stored)).map(entry)
      },
    },
    {
      filter,
      after,
      sink: {
        write: (frames) => received.push(...new TextDecoder().decode(frames).trim().split(' ').map(Number)),
        end: (reason) => ends.push(reason),
      },
    },
  )
  return {
    follower,
    received,
    ends,
    reads,
    /** New messages arrive, as the feed reports them. */
    arrive: (count: number) => {
      const behind = stored
      stored += count
      recent.add(range(behind, stored).map(entry))
      const changes = range(behind, stored).flatMap((position) => entry(position).change ?? [])
      if (changes.some((each) => isFor(filter, each))) follower.wake(behind)
    },
    stored: () => stored,
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('a stream', () => {
  it('sends nothing before its client takes something, and then what is for it, in one piece', () => {
    const { follower, received, arrive } = setUp({ newest: 100, after: 100 })
    arrive(4)
    expect(received).toEqual([])
    follower.pull()
    expect(received).toEqual([101, 103, 104])
    arrive(3)
    expect(received).toEqual([101, 103, 104])
    follower.pull()
    expect(received).toEqual([101, 103, 104, 106, 107])
  })

  it('sends a change at once to a client that waits', () => {
    const { follower, received, arrive } = setUp({ newest: 100, after: 100 })
    follower.pull()
    arrive(1)
    expect(received).toEqual([101])
  })

  it('reads from the database until it reaches what is in memory', async () => {
    const { follower, received, arrive, reads } = setUp({ newest: 100, after: 90 })
    arrive(1)
    for (let n = 0; n < 10; n += 1) {
      follower.pull()
      await settle()
    }
    expect(received).toEqual(range(90, 101).filter(isWanted))
    expect(reads).toEqual([90, 94, 98])
  })

  it('reads on only when its client takes more', async () => {
    const { follower, received } = setUp({ newest: 100, after: 90 })
    follower.pull()
    await settle()
    expect(received).toEqual([91, 92, 94])
    follower.pull()
    await settle()
    expect(received).toEqual([91, 92, 94, 97, 98])
  })

  it('sends a change that arrived while it read older ones for others', async () => {
    const { follower, received, arrive } = setUp({ newest: 99, after: 95, events: [9] })
    follower.pull()
    arrive(1)
    await settle()
    expect(received).toEqual([100])
  })

  it('that waits for rare changes is not taken for slow, however many others pass', () => {
    const { follower, received, ends, arrive } = setUp({ newest: 0, after: 0, window: 2, events: [9] })
    follower.pull()
    arrive(4)
    follower.beat((position) => new TextEncoder().encode(`-${position}`))
    follower.pull()
    arrive(1)
    expect([ends, received]).toEqual([[], [-4, 5]])
  })

  it('ends when its client was too slow for what is in memory', () => {
    const { follower, ends, arrive } = setUp({ newest: 0, after: 0, window: 5 })
    follower.pull()
    arrive(10)
    arrive(10)
    follower.pull()
    follower.pull()
    expect(ends).toEqual(['too slow'])
  })

  it('ends when old changes cannot be read', async () => {
    const { follower, ends } = setUp({ newest: 100, after: 90 })
    const broken = setUp({ newest: 10, after: 5 })
    follower.stop()
    follower.pull()
    await settle()
    expect(ends).toEqual([])
    broken.reads.push = () => {
      throw new Error('away')
    }
    broken.follower.pull()
    await settle()
    expect(broken.ends).toEqual(['not readable'])
  })

  it('passes a beat on only when it has nothing else to send, with the newest position', () => {
    const { follower, received, arrive } = setUp({ newest: 100, after: 100 })
    const beat = (position: number) => new TextEncoder().encode(`-${position}`)
    follower.beat(beat)
    follower.pull()
    follower.beat(beat)
    follower.beat(beat)
    expect(received).toEqual([-100])
    arrive(1)
    expect(received).toEqual([-100])
    follower.pull()
    expect(received).toEqual([-100, 101])
  })

  it('sends each change once, in order, in whatever order news, reads and its client come', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('arrive' as const), count: fc.integer({ min: 1, max: 6 }) }),
      fc.constantFrom({ kind: 'pull' as const }, { kind: 'settle' as const }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 0, max: 30 }),
        async (steps, after) => {
          const { follower, received, ends, arrive, stored } = setUp({ newest: 30, after, window: 1000 })
          for (const each of steps) {
            if (each.kind === 'arrive') arrive(each.count)
            else if (each.kind === 'pull') follower.pull()
            else await settle()
          }
          for (let n = 0; n < 100; n += 1) {
            follower.pull()
            await settle()
          }
          expect(ends).toEqual([])
          expect(received).toEqual(range(after, stored()).filter(isWanted))
        },
      ),
      { numRuns: 60 },
    )
  })
})
