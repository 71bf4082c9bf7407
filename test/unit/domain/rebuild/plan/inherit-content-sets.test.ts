/** Where an image without content sets takes them from. */
import { describe, expect, it } from 'vitest'
import type { PlanNode } from '../../../../../src/domain/rebuild/plan/graph.ts'
import { planBuilds } from '../../../../../src/domain/rebuild/plan/plan.ts'
import { image, node } from '../../../../support/rebuild/planned-images.ts'

const withSets = (nvr: string, parentNvr: string | null, ...contentSets: string[]): PlanNode =>
  node(nvr, parentNvr, { image: image(nvr, { contentSets }) })
const setsOf = (nodes: PlanNode[]) =>
  Object.fromEntries(
    planBuilds({ nodes, durations: new Map(), medianDurationS: 60 }).builds.map((build) => [
      build.originalNvr,
      build.contentSets.join(),
    ]),
  )

describe('content sets', () => {
  it('pass through several images that have none, in whatever order these were found', () => {
    const nodes = [
      withSets('base-1-1', null),
      withSets('mid-1-1', 'base-1-1'),
      withSets('low-1-1', 'mid-1-1'),
      withSets('app-1-1', 'low-1-1', 'a', 'b'),
    ]
    const expected = { 'base-1-1': 'a,b', 'mid-1-1': 'a,b', 'low-1-1': 'a,b', 'app-1-1': 'a,b' }
    for (const given of [nodes, nodes.toReversed()]) expect(setsOf(given)).toEqual(expected)
  })

  it('come from the first image by name that has any, once all that are built on the image are known', () => {
    const nodes = [
      withSets('base-1-1', null),
      withSets('a-1-1', 'base-1-1'),
      withSets('c-1-1', 'base-1-1', 'of-c'),
      withSets('b-1-1', 'base-1-1'),
      withSets('app-1-1', 'b-1-1', 'of-app'),
    ]
    for (const given of [nodes, nodes.toReversed()])
      expect(setsOf(given)).toMatchObject({ 'base-1-1': 'of-app', 'b-1-1': 'of-app', 'a-1-1': '' })
  })

  it('of a lower release come before those of what is built on the image', () => {
    const nodes = [
      withSets('base-1-1', null, 'of-base'),
      withSets('base-1-2', null),
      withSets('app-1-1', 'base-1-2', 'of-app'),
    ]
    expect(setsOf(nodes)).toMatchObject({ 'base-1-2': 'of-base' })
  })
})
