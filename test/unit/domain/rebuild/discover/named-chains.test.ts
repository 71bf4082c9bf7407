import { describe, expect, it } from 'vitest'
import { chainsOfRequested } from '../../../../../src/domain/rebuild/discover/named-chains.ts'
import type { PlanNode } from '../../../../../src/domain/rebuild/plan/graph.ts'
import { planBuilds } from '../../../../../src/domain/rebuild/plan/plan.ts'
import { node, rebuilds } from '../../../../support/rebuild/planned-images.ts'

const RULES = { rebuilt: new Set<string>(), releasedOnly: false }
const requested = (nvr: string, parent: string | null = null, over: Partial<PlanNode> = {}) =>
  node(nvr, parent, { cause: { branch: 'a', requested: true }, latestReleased: true, ...over })
const other = (nvr: string, parent: string | null = null, over: Partial<PlanNode> = {}) =>
  node(nvr, parent, { cause: { branch: 'a', requested: false }, directlyAffected: false, ...over })
/** Images with the image each is built on. */
const shape = (nodes: readonly PlanNode[]) =>
  Object.fromEntries(nodes.map(({ image, parentNvr }) => [image.nvr, parentNvr]))
const planOf = (nodes: readonly PlanNode[], rebuilt: [string, string][] = []) =>
  planBuilds({
    nodes,
    durations: new Map(),
    medianDurationS: 1,
    rebuiltByDependencies: rebuilds(rebuilt),
  }).builds.map(({ originalNvr, depOn, buildArgs }) => [originalNvr, depOn, buildArgs.originalParent])

describe('the chain of a requested image', () => {
  it('ends with its last requested ancestor: what is between stays, what is above goes', () => {
    const nodes = [
      requested('app-1-1', 'mid-1-1'),
      other('mid-1-1', 'core-1-1'),
      requested('core-1-1', 'base-1-1'),
      other('base-1-1'),
    ]
    const { nodes: left, considered } = chainsOfRequested(nodes, RULES)
    expect(shape(left)).toEqual({ 'app-1-1': 'mid-1-1', 'mid-1-1': 'core-1-1', 'core-1-1': 'base-1-1' })
    expect(considered).toMatchObject([{ nvr: 'base-1-1', rule: 'above-requested' }])
  })

  it('is the image alone without a requested ancestor, built on the parent it has', () => {
    const nodes = [requested('app-1-1', 'mid-1-1'), other('mid-1-1', 'base-1-1'), other('base-1-1')]
    const { nodes: left } = chainsOfRequested(nodes, RULES)
    expect(planOf(left)).toEqual([['app-1-1', null, 'mid-1-1']])
  })

  it('leads over the requested release of an image, also where a child was built on an older one', () => {
    const nodes = [
      requested('app-1-1', 'core-1-1'),
      node('core-1-1', 'base-1-1', { cause: { branch: 'a', requested: true }, directlyAffected: false }),
      requested('core-1-2', 'base-1-1'),
      other('base-1-1'),
    ]
    const { nodes: left, considered } = chainsOfRequested(nodes, RULES)
    expect(shape(left)).toEqual({ 'app-1-1': 'core-1-2', 'core-1-2': 'base-1-1' })
    expect(considered).toMatchObject([
      { nvr: 'core-1-1', rule: 'newer-release' },
      { nvr: 'base-1-1', rule: 'above-requested' },
    ])
  })

  it('keeps the requested release although a newer one, from elsewhere, is an ancestor', () => {
    const newer = node('core-1-3', null, { cause: { branch: 'a', requested: true }, directlyAffected: false })
    const { nodes: left } = chainsOfRequested(
      [requested('app-1-1', 'core-1-3'), newer, requested('core-1-2')],
      RULES,
    )
    expect(Object.keys(shape(left))).toContain('core-1-2')
  })

  it('with a cycle fails with that reason, and no other image does', () => {
    const nodes = [requested('app-1-1', 'mid-1-1'), other('mid-1-1', 'app-1-1'), requested('tool-1-1')]
    const { nodes: left } = chainsOfRequested(nodes, RULES)
    expect(left.find(({ image }) => image.name === 'app')?.error).toMatch(/form a cycle/)
    expect(left.find(({ image }) => image.name === 'tool')?.error).toBeNull()
  })
})

describe('what an event it depends on has built', () => {
  const nodes = [
    requested('app-1-1', 'mid-1-1'),
    other('mid-1-1', 'core-1-1'),
    requested('core-1-1', 'base-1-1'),
    other('base-1-1'),
  ]

  it('is not built again, and what is between is built on it', () => {
    const { nodes: left } = chainsOfRequested(nodes, RULES)
    expect(planOf(left, [['core-1-1', 'core-1-1.9']])).toEqual([
      ['mid-1-1', null, 'core-1-1.9'],
      ['app-1-1', 'mid-1-1', 'mid-1-1'],
    ])
  })

  it('is not built again when it is now the newest published release', () => {
    const published = [...nodes.slice(0, 3), requested('core-1-1.9', 'base-1-1'), other('base-1-1')]
    const { nodes: left, considered } = chainsOfRequested(published, {
      ...RULES,
      rebuilt: new Set(['core-1-1.9']),
    })
    expect(planOf(left)).toEqual([
      ['mid-1-1', null, 'core-1-1.9'],
      ['app-1-1', 'mid-1-1', 'mid-1-1'],
    ])
    expect(considered).toContainEqual(expect.objectContaining({ nvr: 'core-1-1.9', rule: 'reused' }))
  })
})
