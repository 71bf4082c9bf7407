import { describe, expect, it } from 'vitest'
import type { BuildState } from '../../../../src/domain/rebuild/states.ts'
import { foldForest, type GraphBuild, growForest } from '../../../../src/ui/graph/fold.ts'

const build = (id: number, state: BuildState, parentId: number | null = null): GraphBuild => ({
  id,
  name: `image-${id}`,
  originalNvr: `image-${id}-1-1`,
  state,
  parentId,
})
const outline = (nodes: ReturnType<typeof growForest>): unknown =>
  nodes.map(({ build: shown, state, count, children }) => [
    shown?.id ?? `${count} ${state}`,
    ...(children.length > 0 ? [outline(children)] : []),
  ])

describe('growing', () => {
  it('puts each build below its parent; a parent that is not there counts as none', () => {
    const builds = [build(1, 'DONE'), build(2, 'DONE', 1), build(3, 'BUILD', 2), build(4, 'DONE', 99)]
    expect(outline(growForest(builds))).toEqual([[1, [[2, [[3]]]]], [4]])
  })

  it('cuts a cycle and loses no build', () => {
    const builds = [build(1, 'DONE', 2), build(2, 'DONE', 3), build(3, 'DONE', 2)]
    const count = (nodes: ReturnType<typeof growForest>): number =>
      nodes.reduce((sum, node) => sum + 1 + count(node.children), 0)
    expect(count(growForest(builds))).toBe(3)
  })
})

describe('folding', () => {
  it('folds alike subtrees under one parent, and shows what differs', () => {
    const done = [2, 3, 4, 5].map((id) => build(id, 'DONE', 1))
    const builds = [build(1, 'DONE'), ...done, build(6, 'DONE', 2), build(7, 'FAILED', 1)]
    expect(outline(foldForest(growForest(builds), 500))).toEqual([[1, [['5 DONE'], [7]]]])
  })

  it('leaves the builds on the critical path out of the folds', () => {
    const builds = [build(1, 'PLANNED'), ...[2, 3, 4, 5, 6].map((id) => build(id, 'PLANNED', 1))]
    expect(outline(foldForest(growForest(builds), 500, new Set([1, 3])))).toEqual([[1, [['4 PLANNED'], [3]]]])
  })

  it('folds what differs too where there is no room', () => {
    const builds = Array.from({ length: 40 }, (_, n) => [
      build(2 * n, 'DONE'),
      build(2 * n + 1, 'FAILED', 2 * n),
    ]).flat()
    expect(outline(foldForest(growForest(builds), 10))).toEqual([['80 DONE']])
  })
})
