/** The remaining path of a planned build: how long it and what is built on it take. */
import { describe, expect, it } from 'vitest'
import { ancestor, node, plan, source } from '../../../../support/rebuild/planned-images.ts'

describe('the remaining path', () => {
  it('adds recorded durations, the median for unknown names, and nothing for builds that fail', () => {
    const { builds } = plan(
      [
        node('slow-1-1', 'base-1-1'),
        node('new-1-1', 'base-1-1'),
        node('broken-1-1', 'base-1-1', { error: 'x' }),
        ancestor('base-1-1'),
      ],
      { durations: new Map(Object.entries({ slow: 500, base: 30, broken: 9999 })), medianDurationS: 70 },
    )
    expect(Object.fromEntries(builds.map((build) => [build.name, build.remainingPathS]))).toEqual({
      base: 530,
      slow: 500,
      new: 70,
      broken: 0,
    })
  })
})

describe('the remaining path of an image on a target', () => {
  it('has what builds of its name take there, where that is known', () => {
    const there = { target: 'rhel-9-candidate' }
    const { builds } = plan(
      [
        node('app-1-1', 'base-1-1', { source: source('app', there) }),
        node('other-1-1', 'base-1-1', { source: source('other', there) }),
        ancestor('base-1-1'),
      ],
      {
        durations: new Map([
          ['app', 500],
          ['app rhel-9-candidate', 20],
          ['other', 40],
          ['base', 3],
          ['base rhel-9-candidate', 1000],
        ]),
      },
    )
    const paths = Object.fromEntries(builds.map((build) => [build.name, build.remainingPathS]))
    expect(paths).toEqual({ app: 20, other: 40, base: 43 })
  })
})
