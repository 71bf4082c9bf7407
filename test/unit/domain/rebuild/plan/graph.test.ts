/** The nodes that images become: what is merged where an image was found several times, and their errors. */
import { describe, expect, it } from 'vitest'
import { graphOf, type PlanNode, withError } from '../../../../../src/domain/rebuild/plan/graph.ts'
import { ancestor, cause, node } from '../../../../support/rebuild/planned-images.ts'

describe('an image that was found several times', () => {
  const merged = (...nodes: PlanNode[]) => [...graphOf(nodes).nodes.values()]
  const [left, right] = [
    ancestor('a-1-1', 'base-1-2', { published: null, fixedRelease: null, newerBase: 'a-1-3', modules: [] }),
    ancestor('a-1-1', 'base-1-1', { published: false, fixedRelease: 'a-1-2', newerBase: 'a-1-2' }),
  ]

  it('has what is known of any, and the text that sorts first, in whatever order it was found', () => {
    const known = {
      parentNvr: 'base-1-1',
      published: false,
      fixedRelease: 'a-1-2',
      newerBase: 'a-1-2',
      directlyAffected: false,
      modules: [],
    }
    expect(merged(left, right)).toMatchObject([known])
    expect(merged(right, left)).toMatchObject([known])
  })

  it('has the cause with which it was found itself, and counts as released if it is once', () => {
    const found = node('a-1-1', null, { cause: cause({ requested: true }), latestReleased: true })
    for (const both of [
      [left, found],
      [found, left],
    ])
      expect(merged(...both)).toMatchObject([
        { directlyAffected: true, latestReleased: true, cause: { requested: true } },
      ])
    expect(merged(left, right)).toMatchObject([{ latestReleased: false, cause: { requested: false } }])
  })

  it('is published if it is once, and not known to be while nothing says so', () => {
    const published = (...states: (boolean | null)[]) =>
      merged(...states.map((state) => ancestor('a-1-1', null, { published: state })))[0]?.published
    expect(published(false, true)).toBe(true)
    expect(published(true, null)).toBe(true)
    expect(published(false, null)).toBe(false)
    expect(published(null, null)).toBeNull()
  })
})

describe('the errors of an image', () => {
  it('are all kept, each once', () => {
    const [first, second] = ['no sources', 'no parent']
    const twice = [first, second, first].reduce(withError, node('a-1-1'))
    expect(twice.error).toBe('no sources; no parent')
  })
})
