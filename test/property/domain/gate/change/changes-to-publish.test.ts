/** Every change of a decision is published once, whatever order its messages arrive and wait in (decision 0035). */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type ComparedDecision,
  changesToPublish,
  type LastDecision,
  needsEarlier,
} from '../../../../../src/domain/gate/change/changes-to-publish.ts'

/** The decision after each submission, of which there is one each microsecond; at 0 the one before all. */
const history = fc.array(fc.constantFrom('A', 'B', 'C'), { minLength: 2, maxLength: 12 })

/** A run: how far the history has got when it looks, and which messages of that history wait for it. */
const runs = fc.array(
  fc.record({ grow: fc.nat(3), pick: fc.array(fc.nat(50), { minLength: 1, maxLength: 3 }) }),
  {
    maxLength: 12,
  },
)

const judged = (state: string): ComparedDecision => ({ decision: state, fingerprint: state })

type Seen = { published: string[]; previous: string[]; last: LastDecision | null }

/** A run at time `now` for messages submitted at `times`. */
function run(seen: Seen, states: readonly string[], now: number, times: readonly number[]): void {
  const beforeUs = Math.min(...times) - 1
  const at = (us: number) => judged(states[us] ?? '')
  const earlier = needsEarlier(seen.last, beforeUs) ? at(beforeUs) : null
  const { changes, last } = changesToPublish(seen.last, earlier, at(now), beforeUs)
  for (const { previous, decision } of changes) {
    seen.previous.push(previous.fingerprint)
    seen.published.push(decision.fingerprint)
  }
  seen.last = last
}

it('the sequence of changes ends with the last decision, has no equal neighbors, and begins with what was before', () => {
  fc.assert(
    fc.property(history, runs, (states, steps) => {
      const seen: Seen = { published: [], previous: [], last: null }
      const open = new Set<number>()
      let now = 0
      const grow = (to: number) => {
        while (now < to && now < states.length - 1) open.add(++now)
      }
      for (const { grow: by, pick } of steps) {
        grow(now + by + 1)
        const waiting = [...open]
        // Messages that were handled before may be repeated.
        const times = pick.map((n) => waiting[n % Math.max(1, waiting.length)] ?? Math.max(1, n % (now + 1)))
        for (const time of times) open.delete(time)
        run(seen, states, now, times)
        if (open.size === 0) expect(seen.published.at(-1) ?? states[0]).toBe(states[now])
      }
      grow(states.length)
      if (open.size > 0) run(seen, states, now, [...open])
      expect(seen.published.at(-1) ?? states[0]).toBe(states[now])
      const whole = [...seen.previous.slice(0, 1), ...seen.published]
      expect(whole.filter((state, index) => index > 0 && state === whole[index - 1])).toEqual([])
      // Each follows from the one before.
      expect(seen.previous.slice(1)).toEqual(seen.published.slice(0, -1))
    }),
    { numRuns: 2000 },
  )
})

it('publishes nothing when a run is repeated', () => {
  fc.assert(
    fc.property(history, fc.nat(50), (states, pick) => {
      const now = states.length - 1
      const time = 1 + (pick % now)
      const seen: Seen = { published: [], previous: [], last: null }
      run(seen, states, now, [time])
      const published = seen.published.length
      run(seen, states, now, [time])
      expect(seen.published).toHaveLength(published)
    }),
  )
})
