/** Ancestors that are not rebuilt, because a release that is published replaces them. */
import { describe, expect, it } from 'vitest'
import type { PlanNode } from '../../../../../src/domain/rebuild/plan/graph.ts'
import { planBuilds } from '../../../../../src/domain/rebuild/plan/plan.ts'
import { ancestor, node } from '../../../../support/rebuild/planned-images.ts'

const plan = (nodes: PlanNode[]) => planBuilds({ nodes, durations: new Map(), medianDurationS: 60 })
const parents = (nodes: PlanNode[]) =>
  Object.fromEntries(plan(nodes).builds.map((build) => [build.originalNvr, build.buildArgs.originalParent]))

describe('the newest release of a base image', () => {
  const newer = { newerBase: 'base-8-2' }

  it('replaces an ancestor, with that reason', () => {
    const nodes = [node('app-1-1', 'base-8-1'), ancestor('base-8-1', null, newer)]
    expect(parents(nodes)).toEqual({ 'app-1-1': 'base-8-2' })
    expect(plan(nodes).considered).toContainEqual({
      nvr: 'base-8-1',
      outcome: 'not-rebuilt',
      rule: 'newer-base',
      reason: 'base-8-2 is the newest published release of this base image: images are built on it instead',
      details: { replacedBy: 'base-8-2' },
    })
  })

  it('does not replace itself, nor another by one that is replaced', () => {
    const nodes = [
      node('app-1-1', 'base-8-1'),
      node('other-1-1', 'top-8-1'),
      ancestor('base-8-1', null, { newerBase: 'top-8-1' }),
      ancestor('top-8-1', null, { newerBase: 'top-8-2' }),
      node('same-1-1', 'same-base-8-1'),
      ancestor('same-base-8-1', null, { newerBase: 'same-base-8-1' }),
    ]
    expect(parents(nodes)).toEqual({
      'app-1-1': 'base-8-1',
      'base-8-1': null,
      'other-1-1': 'top-8-2',
      'same-1-1': 'same-base-8-1',
      'same-base-8-1': null,
    })
  })

  it('does not replace an image that was found itself', () => {
    expect(parents([node('app-1-1', 'base-8-1'), node('base-8-1', null, newer)])).toEqual({
      'base-8-1': null,
      'app-1-1': 'base-8-1',
    })
  })
})

describe('a release that has the fix', () => {
  const fixed = (nvr: string) => ({ fixedRelease: nvr })

  it('does not replace an ancestor that is built on an image that was found, however far below', () => {
    const nodes = [
      node('app-1-1', 'high-1-1'),
      ancestor('high-1-1', 'mid-1-1', fixed('high-1-2')),
      ancestor('mid-1-1', 'low-1-1', fixed('mid-1-2')),
      node('low-1-1'),
    ]
    for (const given of [nodes, nodes.toReversed()])
      expect(parents(given)).toEqual({
        'low-1-1': null,
        'mid-1-1': 'low-1-1',
        'high-1-1': 'mid-1-1',
        'app-1-1': 'high-1-1',
      })
  })

  it('replaces each ancestor of a chain in which none was found', () => {
    const nodes = [
      node('app-1-1', 'high-1-1'),
      node('other-1-1', 'low-1-1'),
      ancestor('high-1-1', 'low-1-1', fixed('high-1-2')),
      ancestor('low-1-1', null, fixed('low-1-2')),
    ]
    for (const given of [nodes, nodes.toReversed()])
      expect(parents(given)).toEqual({ 'app-1-1': 'high-1-2', 'other-1-1': 'low-1-2' })
  })
})
