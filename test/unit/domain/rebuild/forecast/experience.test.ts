/** Checks what recorded durations teach. */
import { describe, expect, it } from 'vitest'
import {
  learn,
  nameOnTarget,
  secondsAt,
  secondsBeyond,
  usualSeconds,
} from '../../../../../src/domain/rebuild/forecast/experience.ts'

const names = (count: number, seconds: readonly number[]) =>
  Array.from({ length: count }, (_, index): [string, readonly number[]] => [`image-${index}`, seconds])
const usual = (history: ReadonlyMap<string, readonly number[]>, name: string) => {
  const { locations, all } = learn(history)
  return usualSeconds(locations.get(name) ?? all)
}

describe('what is usual for a name', () => {
  it('is close to the median of its records, not to their mean', () => {
    const history = new Map([...names(40, [90, 100, 110]), ['slow', [290, 300, 310, 9000, 300]] as const])
    expect(usual(history, 'slow')).toBeGreaterThan(260)
    expect(usual(history, 'slow')).toBeLessThan(301)
  })

  it('is drawn towards other names by a single record more than by ten', () => {
    const with1 = usual(new Map([...names(40, [60, 100, 170]), ['slow', [900]]]), 'slow')
    const with10 = usual(
      new Map([...names(40, [60, 100, 170]), ['slow', Array<number>(10).fill(900)]]),
      'slow',
    )
    expect(with1).toBeLessThan(with10)
    expect(with10).toBeLessThan(900)
    expect(with1).toBeGreaterThan(100)
  })

  it('is that of its target where that has records, drawn towards the name by few', () => {
    const history = new Map([...names(40, [90, 100, 110]), ['slow', Array<number>(20).fill(300)]])
    const on = (target: string, count: number) =>
      new Map([[nameOnTarget('slow', target), Array<number>(count).fill(900)]])
    const usualOn = (onTargets: ReadonlyMap<string, readonly number[]>, target: string) => {
      const { locations } = learn(history, onTargets)
      const location = locations.get(nameOnTarget('slow', target)) ?? locations.get('slow')
      return location ? usualSeconds(location) : 0
    }
    expect(usualOn(on('arm', 15), 'arm')).toBeGreaterThan(800)
    expect(usualOn(on('arm', 1), 'arm')).toBeLessThan(usualOn(on('arm', 15), 'arm'))
    expect(usualOn(on('arm', 1), 'arm')).toBeGreaterThan(usualOn(on('arm', 15), 'x86'))
    expect(usualOn(on('arm', 15), 'x86')).toBe(usual(history, 'slow'))
  })

  it('is ten minutes while nothing was measured', () => {
    expect(Math.round(usual(new Map(), 'image'))).toBe(600)
  })
})

describe('single builds', () => {
  const experience = learn(new Map(names(40, [50, 100, 100, 100, 800])))

  it('differ as the records of all names differ from what is usual for them', () => {
    const place = Math.log(10)
    expect(Math.round(secondsAt(experience, place, 0.5))).toBe(10)
    expect(secondsAt(experience, place, 0.99)).toBeGreaterThan(80)
    expect(secondsAt(experience, place, 0.01)).toBeLessThan(5)
  })

  it('take longer than they have taken already', () => {
    const place = Math.log(100)
    for (const elapsedS of [1, 60, 200, 799, 5000])
      for (const share of [0.001, 0.5, 0.999])
        expect(secondsBeyond(experience, place, share, elapsedS)).toBeGreaterThanOrEqual(elapsedS)
  })

  it('that have taken longer than usual are stragglers', () => {
    expect(secondsBeyond(experience, Math.log(100), 0.5, 300)).toBeGreaterThan(600)
  })
})
