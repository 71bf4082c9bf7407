/** Facts that are judged together lead to what they would have led to one after the other. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Change, EventFacts, Fact, Outcome } from '../../../../../src/domain/rebuild/transition/facts.ts'
import {
  groupForWriting,
  judgeTogether,
} from '../../../../../src/domain/rebuild/transition/judge-together.ts'
import { transition } from '../../../../../src/domain/rebuild/transition/state-machine.ts'
import { started, story } from '../../../../support/rebuild/arbitrary-facts.ts'
import { eventOf, RULES, written } from '../../../../support/rebuild/event-facts.ts'

/** What is written and sent of an event: rows as they end, messages as they are when they are made. */
type World = { event: EventFacts; messages: unknown[]; changes: Change[] }

/** Writes an outcome as the transaction does: all changes, then a message for each that changes a state. */
function write({ event, messages, changes }: World, outcome: Outcome): World {
  const now = written(event, outcome)
  const made = outcome.changes
    .filter(({ from, to }) => from !== to)
    .map((change) => (change.target === 'event' ? now : now.builds.find((known) => known.id === change.id)))
  return { event: now, messages: [...messages, ...made], changes: [...changes, ...outcome.changes] }
}

function oneByOne(world: World, facts: readonly Fact[]): World & { wake: number[] } {
  const wake: number[] = []
  let now = world
  for (const fact of facts) {
    const outcome = transition(now.event, fact, RULES)
    wake.push(...outcome.wake)
    now = write(now, outcome)
  }
  return { ...now, wake }
}

function together(world: World, facts: readonly Fact[]): World & { wake: number[] } {
  const judged = judgeTogether(world.event, facts, RULES)
  const parts = groupForWriting(judged.flatMap((result) => (result.ok ? result.value : [])))
  return { ...parts.reduce(write, world), wake: parts.flatMap(({ wake }) => wake) }
}

const nothing = (event: EventFacts): World => ({ event, messages: [], changes: [] })

it.each([
  ['any facts', story],
  ['those of an event that has begun', started],
])('%s lead to the same rows, messages and jobs in the same order', (_name, stories) => {
  fc.assert(
    fc.property(stories, ([builds, facts]) => {
      const event = eventOf(builds, { state: 'INITIALIZED' })
      expect(together(nothing(event), facts)).toEqual(oneByOne(nothing(event), facts))
    }),
    { numRuns: 500 },
  )
})

it('a fact that cannot be judged changes nothing, and the others are as without it', () => {
  fc.assert(
    fc.property(started, fc.nat(), ([builds, facts], n) => {
      const event = eventOf(builds, { state: 'INITIALIZED' })
      const at = n % (facts.length + 1)
      const odd = { kind: 'unheard-of' } as unknown as Fact // as if written by a newer version
      const judged = judgeTogether(event, facts.toSpliced(at, 0, odd), RULES)
      expect(judged[at]).toMatchObject({ ok: false })
      expect(judged.toSpliced(at, 1)).toEqual(judgeTogether(event, facts, RULES))
    }),
  )
})
