/** Checks when open builds will be done. */
import { describe, expect, it } from 'vitest'
import { forecast, forecastInSteps } from '../../../../../src/domain/rebuild/forecast/forecast.ts'
import type { Conditions, OpenBuild } from '../../../../../src/domain/rebuild/forecast/workload.ts'
import { conditionsWith, openBuild, steady } from '../../../../support/rebuild/open-builds.ts'

const HISTORY = steady({ base: 100, mid: 200, side: 50, leaf: 300 })
const CHAIN = [
  openBuild(1, { name: 'base', remainingPathS: 600 }),
  openBuild(2, { name: 'mid', dependsOn: 1, remainingPathS: 500 }),
  openBuild(3, { name: 'side', dependsOn: 1, remainingPathS: 50 }),
  openBuild(4, { name: 'leaf', dependsOn: 2, remainingPathS: 300 }),
]
const foresee = (builds: readonly OpenBuild[], conditions: Partial<Conditions> = {}, history = HISTORY) =>
  forecast({ builds, history, conditions: conditionsWith(conditions), seed: 7 })
const rounded = (value: number | null | undefined) => Math.round(value ?? Number.NaN)
const endOf = (builds: readonly OpenBuild[], conditions: Partial<Conditions> = {}) =>
  rounded(foresee(builds, conditions).events.get(1)?.p50S)

describe('a forecast in steps', () => {
  it('is the same, with a pause after each course, so that no step takes long', () => {
    const input = { builds: CHAIN, history: HISTORY, conditions: conditionsWith({}), seed: 7 }
    const steps = forecastInSteps(input)
    let count = 0
    let step = steps.next()
    for (; !step.done; step = steps.next()) count += 1
    expect(count).toBeGreaterThanOrEqual(30)
    expect(step.value.events).toEqual(forecast(input).events)
  })
})

describe('the forecast of an event', () => {
  it('ends with its slowest chain where there are enough builders', () => {
    const { events, buildsOf } = foresee(CHAIN)
    expect(rounded(events.get(1)?.p50S)).toBe(600)
    expect(rounded(events.get(1)?.p90S)).toBe(600)
    expect(buildsOf(1).criticalPath.map(({ name }) => name)).toEqual(['base', 'mid', 'leaf'])
  })

  it('gives each build the start and end that its parent allows', () => {
    const times = foresee(CHAIN)
      .buildsOf(1)
      .builds.map(({ id, startS, endS }) => [id, rounded(startS), rounded(endS)])
    expect(times).toEqual([
      [1, 0, 100],
      [2, 100, 300],
      [3, 100, 150],
      [4, 300, 600],
    ])
  })

  it('sums up the work that is left', () => {
    expect(rounded(foresee(CHAIN).events.get(1)?.workS)).toBe(650)
  })

  it.each([null, 0])(
    'comes to an end where builds wait for each other (seconds they have run: %s)',
    (runningS) => {
      const ring = [1, 2, 3].map((id) =>
        openBuild(id, { name: 'base', dependsOn: (id % 3) + 1, remainingPathS: 10 * id, runningS }),
      )
      const builds = [...ring, openBuild(4, { name: 'leaf', dependsOn: 2, remainingPathS: 300 })]
      const { events, buildsOf } = foresee(builds)
      expect(events.get(1)?.p50S).toBeGreaterThan(0)
      expect(buildsOf(1).builds).toHaveLength(4)
    },
  )

  it('has nothing for events without open builds', () => {
    const { events, buildsOf } = foresee([])
    expect([...events]).toEqual([])
    expect(buildsOf(1)).toEqual({ builds: [], criticalPath: [] })
  })

  it('counts a parent that is not open as done', () => {
    expect(endOf([openBuild(4, { name: 'leaf', dependsOn: 2 })])).toBe(300)
  })
})

describe('the limit on tasks', () => {
  it('lets builds wait for a builder, the longest remaining path first', () => {
    const builds = [
      openBuild(1, { name: 'side', remainingPathS: 50 }),
      openBuild(2, { name: 'mid', remainingPathS: 200 }),
      openBuild(3, { name: 'base', remainingPathS: 100 }),
    ]
    const starts = foresee(builds, { capacity: { all: 1, eachTarget: Infinity } })
      .buildsOf(1)
      .builds.map(({ id, startS }) => [id, rounded(startS)])
    expect(starts).toEqual([
      [2, 0],
      [3, 200],
      [1, 300],
    ])
  })

  it('is shared by all events', () => {
    const other = openBuild(9, { name: 'leaf', eventId: 2, remainingPathS: 900 })
    const alone = [openBuild(1, { name: 'base' })]
    expect(endOf(alone, { capacity: { all: 1, eachTarget: Infinity } })).toBe(100)
    expect(endOf([...alone, other], { capacity: { all: 1, eachTarget: Infinity } })).toBe(400)
  })

  it('holds for each target on its own', () => {
    const builds = ['el8', 'el8', 'el9'].map((target, index) => openBuild(index, { name: 'base', target }))
    expect(endOf(builds, { capacity: { all: Infinity, eachTarget: 1 } })).toBe(200)
    expect(endOf(builds.slice(1), { capacity: { all: Infinity, eachTarget: 1 } })).toBe(100)
  })
})

describe('a running build', () => {
  it('needs only the rest of its time', () => {
    const running = openBuild(1, { name: 'base', runningS: 70 })
    expect(endOf([running])).toBe(30)
    expect(rounded(foresee([running]).buildsOf(1).builds[0]?.startS)).toBe(-70)
  })

  it('that has outlasted every record ends later the longer it has run', () => {
    const ends = [150, 1500].map((runningS) => endOf([openBuild(1, { name: 'base', runningS })]))
    expect(ends[0]).toBeGreaterThan(20)
    expect(ends[1]).toBeGreaterThan(200)
  })
})

describe('failing tries', () => {
  it('are repeated after their delay, as often as there are tries', () => {
    const conditions = { failureShare: 1, retryDelaysS: [10, 60] }
    expect(endOf([openBuild(1, { name: 'base' })], conditions)).toBe(100 + 10 + 100 + 60 + 100)
    expect(endOf([openBuild(1, { name: 'base', attemptsLeft: 2 })], conditions)).toBe(100 + 60 + 100)
  })

  it('for the last time leave out what is built on them', () => {
    const { builds } = foresee(CHAIN, { failureShare: 1, retryDelaysS: [0] }).buildsOf(1)
    expect(builds.map(({ id, endS }) => [id, endS === null])).toEqual([
      [1, false],
      [2, true],
      [3, true],
      [4, true],
    ])
  })

  it('hold the next try back until its delay is over', () => {
    expect(endOf([openBuild(1, { name: 'base', delayS: 40 })])).toBe(140)
  })
})

describe('the load of the build system', () => {
  it('makes all builds slower or faster together, so that the end is less sure and no later', () => {
    const { p50S = 0, p90S = 0 } = foresee(CHAIN, { sharedDeviation: 0.2 }).events.get(1) ?? {}
    expect(p50S).toBeGreaterThan(570)
    expect(p50S).toBeLessThan(630)
    expect(p90S).toBeGreaterThan(720) // 600 times the ninth decile, about 1.29
    expect(p90S).toBeLessThan(850)
  })
})

describe('a name without records', () => {
  it('takes as long as those of its event that have some', () => {
    const builds = [openBuild(1, { name: 'new' }), openBuild(2, { name: 'leaf', runningS: 290 })]
    expect(endOf(builds)).toBe(300)
  })

  it('takes as long as any image where its event has none with records', () => {
    const { p50S = 0, p90S = 0 } = foresee([openBuild(1, { name: 'new' })]).events.get(1) ?? {}
    expect(p50S).toBeGreaterThan(100)
    expect(p50S).toBeLessThan(200)
    expect(p90S).toBeGreaterThan(200)
  })

  it('takes ten minutes, more or less, while nothing was ever measured', () => {
    const { p50S } = foresee([openBuild(1)], {}, new Map()).events.get(1) ?? {}
    expect(p50S).toBeGreaterThan(540)
    expect(p50S).toBeLessThan(660)
  })
})
