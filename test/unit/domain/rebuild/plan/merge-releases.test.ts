import { describe, expect, it } from 'vitest'
import {
  groupAncestors,
  inheritedRepositories,
  repositoryNames,
} from '../../../../../src/domain/rebuild/images/image-group.ts'
import type { PlanNode } from '../../../../../src/domain/rebuild/plan/graph.ts'
import { type PlanInput, planBuilds } from '../../../../../src/domain/rebuild/plan/plan.ts'
import { ancestor, image, node } from '../../../../support/rebuild/planned-images.ts'

const plan = (nodes: PlanNode[], over: Partial<PlanInput> = {}) =>
  planBuilds({ nodes, durations: new Map(), medianDurationS: 60, ...over })
const order = (nodes: PlanNode[]) => plan(nodes).builds.map(({ originalNvr, depOn }) => [originalNvr, depOn])

describe('releases of one image', () => {
  it('are distinguished by the repositories they are offered in', () => {
    const elsewhere = { groupRepositories: ['product/other'] }
    expect(order([node('tool-1-5'), node('tool-1-6', null, elsewhere)])).toHaveLength(2)
    expect(order([node('tool-1-5', null, elsewhere), node('tool-1-6', null, elsewhere)])).toHaveLength(1)
  })

  it('are the same image in whatever order the catalogue lists the repositories', () => {
    const places = [...image('a-1-1').repositories, ...image('b-1-1').repositories]
    const names = [places, places.toReversed()].map((list) => ({ groupRepositories: repositoryNames(list) }))
    expect(order([node('tool-1-5', null, names[0]), node('tool-1-6', null, names[1])])).toHaveLength(1)
  })

  it('are all rebuilt when they are flatpaks', () => {
    const flatpak = { modules: [] }
    expect(order([node('tool-1-5', null, flatpak), node('tool-1-6', null, flatpak)])).toHaveLength(2)
  })

  it('are all rebuilt when they are bundles', () => {
    const update = { name: 'op', version: '1.0.0+0.1.p', substitutesFor: null }
    const bundle = { pullspecOverrides: { replacements: [], update } }
    expect(order([node('tool-1-5', null, bundle), node('tool-1-6', null, bundle)])).toHaveLength(2)
  })

  it('that are not released give way to a released one only if the settings say so', () => {
    const nodes = [node('tool-1-5', null, { latestReleased: true }), node('tool-1-6')]
    expect(plan(nodes).builds).toHaveLength(2)
    const { builds, considered } = plan(nodes, { releasedDependenciesOnly: true })
    expect(builds.map(({ originalNvr }) => originalNvr)).toEqual(['tool-1-5'])
    expect(considered).toMatchObject([
      { nvr: 'tool-1-6', rule: 'unreleased', reason: expect.stringContaining('tool-1-5 is rebuilt instead') },
      { nvr: 'tool-1-5' },
    ])
  })

  it('are distinguished by their version', () => {
    expect(order([node('tool-1.0-5'), node('tool-1.1-5')])).toHaveLength(2)
  })

  it('compare as in RPM, with a deterministic choice between equals', () => {
    expect(order([node('tool-1-9'), node('tool-1-10'), node('tool-1-10~rc1')])).toEqual([['tool-1-10', null]])
    const equal = [node('tool-1-1.0'), node('tool-1-1_0')]
    expect(order(equal)).toEqual(order(equal.toReversed()))
  })

  it('are not replaced by a release that cannot be built', () => {
    const broken = node('tool-1-6', null, { error: 'boom' })
    const nodes = [node('tool-1-5'), broken, node('a-1-1', 'tool-1-5'), node('b-1-1', 'tool-1-6')]
    const { builds } = plan(nodes)
    expect(builds.map(({ originalNvr, depOn, state }) => [originalNvr, depOn, state])).toEqual([
      ['tool-1-5', null, 'PLANNED'],
      ['tool-1-6', null, 'FAILED'],
      ['a-1-1', 'tool-1-5', 'PLANNED'],
      ['b-1-1', 'tool-1-6', 'FAILED'],
    ])
  })

  it('that are released but cannot be built are not replaced by one that is not released', () => {
    const nodes = [
      node('tool-1-5', null, { latestReleased: true, error: 'no source', source: null }),
      node('tool-1-6'),
      node('app-1-1', 'tool-1-5'),
    ]
    expect(plan(nodes).builds).toMatchObject([
      { originalNvr: 'tool-1-5', state: 'FAILED' },
      { originalNvr: 'tool-1-6', state: 'PLANNED' },
      { originalNvr: 'app-1-1', state: 'FAILED' },
    ])
  })

  it('that cannot be built are replaced by a higher one that can', () => {
    const broken = node('tool-1-5', null, { source: null })
    expect(order([broken, node('tool-1-6'), node('a-1-1', 'tool-1-5')])).toEqual([
      ['tool-1-6', null],
      ['a-1-1', 'tool-1-6'],
    ])
  })

  it('that are built on each other stay: an image is never its own ancestor', () => {
    expect(order([node('tool-1-6', 'tool-1-5'), node('tool-1-5', 'base-1-1'), ancestor('base-1-1')])).toEqual(
      [
        ['base-1-1', null],
        ['tool-1-5', 'base-1-1'],
        ['tool-1-6', 'tool-1-5'],
      ],
    )
  })

  it('that would be built on each other through another image stay too', () => {
    const nodes = [
      node('x-1-2', 'y-1-1'), // the newer x is built on the older y, and the newer y on the older x
      node('x-1-1'),
      node('y-1-2', 'x-1-1'),
      node('y-1-1'),
    ]
    const { builds } = plan(nodes)
    expect(new Set(builds.map((build) => build.originalNvr))).toEqual(
      new Set(['x-1-2', 'x-1-1', 'y-1-2', 'y-1-1']),
    )
  })

  it('make their replacement directly affected when they were found themselves', () => {
    const nodes = [node('tool-1-5'), ancestor('tool-1-6'), ancestor('mid-1-1', 'tool-1-6')]
    expect(plan(nodes).builds).toMatchObject([
      { originalNvr: 'tool-1-6', rebuildReason: 'directly_affected' },
    ])
  })
})

describe('an image that no repository offers', () => {
  it('has the repositories of the release it was made from', () => {
    expect(groupAncestors(image('foo-1-2.16.5'))).toEqual(['foo-1-2.16', 'foo-1-2'])
    expect(groupAncestors(image('foo-1-2'))).toEqual([])
    const nowhere = image('foo-1-2.16', { repositories: [] })
    const known = new Map([nowhere, image('foo-1-2')].map((release) => [release.nvr, release]))
    expect(inheritedRepositories(image('foo-1-2.16.5'), known)).toEqual(['product/foo'])
    expect(inheritedRepositories(image('foo-1-3.1'), known)).toEqual([])
    const { repositories } = image('nearer-1-1')
    known.set('foo-1-2.16', image('foo-1-2.16', { repositories }))
    expect(inheritedRepositories(image('foo-1-2.16.5'), known)).toEqual(['product/nearer'])
  })
})

describe('content sets', () => {
  const sets = (...contentSets: string[]) => ({ contentSets })
  const setsOf = (nodes: PlanNode[]) =>
    Object.fromEntries(plan(nodes).builds.map((build) => [build.originalNvr, build.contentSets]))

  it('come from the nearest lower release that has its own', () => {
    const nodes = [
      node('tool-1-1', null, { image: image('tool-1-1', sets('a')) }),
      node('tool-1-2', null, { image: image('tool-1-2', sets('b')) }),
      node('tool-1-3', null, { image: image('tool-1-3', sets()) }),
      node('tool-1-4', null, { image: image('tool-1-4', sets('c')) }),
      node('tool-1-5', null, { image: image('tool-1-5', sets()), latestReleased: true }),
      node('app-1-1', 'tool-1-5', { image: image('app-1-1', sets('child')) }),
    ]
    expect(setsOf(nodes)).toEqual({ 'tool-1-5': ['c'], 'app-1-1': ['child'] })
  })

  it('come otherwise from the first image built on it, through images that have none', () => {
    const nodes = [
      ancestor('base-1-1', null, { image: image('base-1-1', sets()) }),
      ancestor('mid-1-1', 'base-1-1', { image: image('mid-1-1', sets()) }),
      node('b-1-1', 'mid-1-1', { image: image('b-1-1', sets('b')) }),
      node('a-1-1', 'mid-1-1', { image: image('a-1-1', sets('a')) }),
    ]
    expect(setsOf(nodes)).toMatchObject({ 'mid-1-1': ['a'], 'base-1-1': ['a'] })
  })

  it('are empty when no related image has any', () => {
    expect(setsOf([node('a-1-1', null, { image: image('a-1-1', sets()) })])).toEqual({ 'a-1-1': [] })
  })
})

describe('reasons', () => {
  it('name at most twenty ancestors, however long the chain is', () => {
    const nodes = Array.from({ length: 50 }, (_, n) => node(`i${n}-1-1`, n === 0 ? null : `i${n - 1}-1-1`))
    const last = plan(nodes).considered.at(-1)
    expect(last?.details?.['parents']).toHaveLength(20)
  })

  it('name the first images that need an ancestor, and how many there are', () => {
    const nodes = [
      ancestor('base-1-1'),
      ...Array.from({ length: 30 }, (_, n) => node(`i${n + 10}-1-1`, 'base-1-1')),
    ]
    const [base] = plan(nodes).considered
    expect(base?.reason).toMatch(/^i10-1-1, i11-1-1, i12-1-1, i13-1-1, i14-1-1 and 25 more are built on it; /)
    expect(base?.details).toMatchObject({ neededByCount: 30 })
    expect(base?.details?.['neededBy']).toHaveLength(20)
  })

  it('mention that the list of RPMs is unknown', () => {
    const [consideration] = plan([
      node('a-1-1', null, { cause: { advisory: 'RHSA-1', rpms: [], offer: null, requested: false } }),
    ]).considered
    expect(consideration?.reason).toBe(
      'RHSA-1: the catalogue has no list of its RPMs, or none for an architecture, so it may lack the fix',
    )
  })
})
