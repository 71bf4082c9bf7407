/** Any forest of builds: nothing is lost by folding, the drawing stays small, and no node lies on another. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BUILD_STATES, type BuildState } from '../../../../src/domain/rebuild/states.ts'
import { foldForest, type GraphBuild, type GraphNode, growForest } from '../../../../src/ui/graph/fold.ts'
import { layOut } from '../../../../src/ui/graph/layout.ts'

const STATES = Object.keys(BUILD_STATES) as BuildState[] // the keys of a literal object are its type's keys

/** Parents are any builds, so there are cycles too. */
const forests = fc
  .array(fc.record({ state: fc.constantFrom(...STATES), parent: fc.option(fc.nat(400)) }), {
    maxLength: 300,
    size: 'max',
  })
  .map((rows): GraphBuild[] =>
    rows.map(({ state, parent }, id) => ({
      id,
      name: `n${id}`,
      originalNvr: `n${id}-1-1`,
      state,
      parentId: parent,
    })),
  )
const all = (nodes: readonly GraphNode[]): GraphNode[] =>
  nodes.flatMap((node) => [node, ...all(node.children)])
const images = (nodes: readonly GraphNode[]) => all(nodes).reduce((sum, { count }) => sum + count, 0)

describe('the graph of any builds', () => {
  it('has each build once, also when parents form cycles', () => {
    fc.assert(
      fc.property(forests, (builds) => {
        const ids = all(growForest(builds)).map(({ build }) => build?.id)
        expect(ids.toSorted((a, b) => Number(a) - Number(b))).toEqual(builds.map(({ id }) => id))
      }),
    )
  })

  it('stands for as many images after folding, in no more nodes than there is room for and one group of each state', () => {
    fc.assert(
      fc.property(forests, fc.integer({ min: 5, max: 100 }), (builds, room) => {
        const folded = foldForest(growForest(builds), room)
        expect(images(folded)).toBe(builds.length)
        expect(all(folded).length).toBeLessThanOrEqual((room + 1) * (STATES.length + 1))
      }),
    )
  })

  it('is placed with parents on the left, and no two nodes at one place', () => {
    fc.assert(
      fc.property(forests, (builds) => {
        const { nodes, width, height } = layOut(growForest(builds))
        expect(new Set(nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(builds.length)
        for (const [index, { x, y, parent }] of nodes.entries()) {
          expect(x > 0 && x < width && y > 0 && y < height).toBe(true)
          if (parent !== null) expect([parent < index, (nodes[parent]?.x ?? x) < x]).toEqual([true, true])
        }
      }),
    )
  })
})
