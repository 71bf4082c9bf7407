/** The minimum duration of a plan. */
import { describe, expect, it } from 'vitest'
import { criticalPath, expectedSeconds } from '../../../../../src/domain/rebuild/plan/critical-path.ts'

const build = (originalNvr: string, depOn: string | null, remainingPathS: number) => ({
  originalNvr,
  depOn,
  remainingPathS,
})
const PLAN = [
  build('base', null, 100),
  build('single', null, 40),
  build('mid', 'base', 70),
  build('side', 'base', 30),
  build('leaf', 'mid', 50),
]

describe('the critical path', () => {
  it('follows the slowest dependant from the slowest start', () => {
    expect(criticalPath(PLAN)).toEqual({ nvrs: ['base', 'mid', 'leaf'], seconds: 100 })
  })

  it('is the same in whatever order the plan has its builds, and the first among equal ones', () => {
    const reordered = [...PLAN.slice(0, 2).toReversed(), ...PLAN.slice(2).toReversed()]
    expect(criticalPath(reordered).nvrs).toEqual(['base', 'mid', 'leaf'])
    const equal = [build('a', null, 9), build('b', null, 9), build('c', 'a', 5), build('d', 'a', 5)]
    expect(criticalPath(equal).nvrs).toEqual(['a', 'c'])
  })

  it('is empty for an empty plan', () => {
    expect(criticalPath([])).toEqual({ nvrs: [], seconds: 0 })
  })
})

describe('expected seconds', () => {
  it('are the remaining path minus that of the slowest dependant', () => {
    const seconds = { base: 30, single: 40, mid: 20, side: 30, leaf: 50 }
    expect(Object.fromEntries(expectedSeconds(PLAN))).toEqual(seconds)
  })
})
