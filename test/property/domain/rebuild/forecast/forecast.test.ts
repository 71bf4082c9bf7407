/** Checks what holds for every forecast, whatever builds are open. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forecast } from '../../../../../src/domain/rebuild/forecast/forecast.ts'
import type { OpenBuild } from '../../../../../src/domain/rebuild/forecast/workload.ts'
import { conditionsWith, openBuild, steady } from '../../../../support/rebuild/open-builds.ts'

const NAMES = { a: 10, b: 60, c: 300, d: 45, e: 1000 }
const STEADY = steady(NAMES)
const UNSTEADY = new Map(
  Object.entries(NAMES).map(([name, s]) => [name, [0.5, 0.8, 1, 1.1, 1.5, 4, 1].map((f) => f * s)]),
)
const secondsOf = (build: OpenBuild) => new Map(Object.entries(NAMES)).get(build.name) ?? Number.NaN

/** A forest: each build may be built on an earlier one. Its paths are those of planning. */
const forests = fc
  .array(
    fc.record({
      name: fc.constantFrom(...Object.keys(NAMES)),
      parent: fc.option(fc.nat({ max: 20 })),
      eventId: fc.integer({ min: 1, max: 2 }),
      target: fc.constantFrom('el8', 'el9'),
    }),
    { minLength: 1, maxLength: 24 },
  )
  .map((rows) => {
    const builds = rows.map(
      ({ name, parent, eventId, target }, index) =>
        openBuild(index + 1, {
          name,
          target,
          eventId,
          dependsOn: parent === null || parent >= index ? null : parent + 1,
        }),
      { numRuns: 40 },
    )
    for (const build of builds.toReversed()) {
      build.remainingPathS += secondsOf(build)
      const parent = builds.find(({ id }) => id === build.dependsOn)
      if (parent) parent.remainingPathS = Math.max(parent.remainingPathS, build.remainingPathS)
    }
    return builds
  })
const seeds = fc.integer()
const capacityOf = (all: number) => ({ capacity: { all, eachTarget: Infinity } })
const lastEnd = (events: ReadonlyMap<number, { p50S: number }>) =>
  Math.max(...[...events.values()].map(({ p50S }) => p50S))

describe('a forecast', () => {
  it('is never before the longest chain, nor before all work shared by all builders, nor after both one after the other', () => {
    fc.assert(
      fc.property(forests, fc.integer({ min: 1, max: 6 }), seeds, (builds, builders, seed) => {
        const { events } = forecast({
          builds,
          history: STEADY,
          conditions: conditionsWith(capacityOf(builders)),
          seed,
        })
        const chain = Math.max(...builds.map(({ remainingPathS }) => remainingPathS))
        const shared = builds.reduce((sum, build) => sum + secondsOf(build), 0) / builders
        expect(lastEnd(events)).toBeGreaterThan(0.98 * Math.max(chain, shared))
        expect(lastEnd(events)).toBeLessThan(1.02 * (chain + shared))
      }),
      { numRuns: 40 },
    )
  })

  const endsWith = (builds: OpenBuild[], counts: readonly number[], seed: number) =>
    counts.map((count) => {
      const conditions = conditionsWith(capacityOf(count))
      return lastEnd(forecast({ builds, history: UNSTEADY, conditions, seed }).events)
    })

  it('is never later with more builders where no build waits for another', () => {
    fc.assert(
      fc.property(forests, fc.integer({ min: 1, max: 6 }), seeds, (all, builders, seed) => {
        const builds = all.map((build) => ({ ...build, dependsOn: null }))
        const [few = 0, more] = endsWith(builds, [builders, builders + 1], seed)
        expect(more).toBeLessThanOrEqual(few)
      }),
      { numRuns: 40 },
    )
  })

  // Work in the order of a list may end later with more builders if some of it waits for other work (Graham, 1969).
  it('is later with more builders by no more than the bound of Graham', () => {
    fc.assert(
      fc.property(forests, fc.integer({ min: 1, max: 6 }), seeds, (all, builders, seed) => {
        const builds = all.map((build) => ({ ...build, eventId: 1 }))
        const [few = 0, more] = endsWith(builds, [builders, builders + 1], seed)
        expect(more).toBeLessThanOrEqual(few * (1 + (builders - 1) / (builders + 1)) + 1e-6)
      }),
      { numRuns: 40 },
    )
  })

  it('starts no build before the one that it is built on has ended', () => {
    fc.assert(
      fc.property(forests, fc.integer({ min: 1, max: 6 }), seeds, (builds, builders, seed) => {
        const { buildsOf } = forecast({
          builds,
          history: UNSTEADY,
          conditions: conditionsWith(capacityOf(builders)),
          seed,
        })
        const times = new Map([1, 2].flatMap((id) => buildsOf(id).builds.map((build) => [build.id, build])))
        for (const { id, dependsOn } of builds) {
          const parentEnd = dependsOn === null ? 0 : (times.get(dependsOn)?.endS ?? Infinity)
          expect(times.get(id)?.startS).toBeGreaterThanOrEqual(parentEnd - 1e-6)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('does not depend on the order of the builds, and is the same for the same seed', () => {
    fc.assert(
      fc.property(forests, seeds, (builds, seed) => {
        const conditions = conditionsWith({ ...capacityOf(3), failureShare: 0.2 })
        const input = { history: UNSTEADY, conditions, seed }
        const first = forecast({ ...input, builds })
        const second = forecast({ ...input, builds: builds.toReversed() })
        expect(second.buildsOf(1)).toEqual(first.buildsOf(1))
        for (const [id, { p50S, p90S }] of first.events)
          expect(second.events.get(id)).toMatchObject({ p50S, p90S })
      }),
      { numRuns: 40 },
    )
  })

  it('of an event does not depend on other events where there are builders for all', () => {
    fc.assert(
      fc.property(forests, seeds, (builds, seed) => {
        const independent = builds.map((build) => ({ ...build, dependsOn: null }))
        const ofEvent = independent.filter(({ eventId }) => eventId === 1)
        const input = { history: UNSTEADY, conditions: conditionsWith({ failureShare: 0.1 }), seed }
        const alone = forecast({ ...input, builds: ofEvent }).events.get(1)
        expect(forecast({ ...input, builds: independent }).events.get(1)).toEqual(alone)
      }),
      { numRuns: 40 },
    )
  })

  it('does not depend on builds that have ended', () => {
    fc.assert(
      fc.property(forests, seeds, (builds, seed) => {
        const input = { history: UNSTEADY, conditions: conditionsWith(capacityOf(3)), seed }
        const open = builds.filter(({ dependsOn }) => dependsOn !== null)
        const ids = new Set(open.map(({ id }) => id))
        const withoutEnded = open.map((build) =>
          ids.has(build.dependsOn ?? 0) ? build : { ...build, dependsOn: null },
        )
        expect([...forecast({ ...input, builds: open }).events]).toEqual([
          ...forecast({ ...input, builds: withoutEnded }).events,
        ])
      }),
      { numRuns: 40 },
    )
  })
})
