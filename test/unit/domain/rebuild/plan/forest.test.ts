import { describe, expect, it } from 'vitest'
import {
  childrenIndex,
  findCycles,
  type Parents,
  remainingPath,
  topologicalOrder,
} from '../../../../../src/domain/rebuild/plan/forest.ts'

const graph = (...edges: [string, string | null][]): Parents => new Map(edges)

/** Two images on one chain of bases. */
const STACK = graph(
  ['perl-1-1', 's2i-base-1-10'],
  ['httpd-1-1', 's2i-base-1-10'],
  ['s2i-base-1-10', 's2i-core-1-11'],
  ['s2i-core-1-11', 'rhel-server-7.4-150'],
  ['rhel-server-7.4-150', null],
)

describe('topological order', () => {
  it('runs from the base to the leaves', () => {
    expect(topologicalOrder(STACK)).toEqual([
      'rhel-server-7.4-150',
      's2i-core-1-11',
      's2i-base-1-10',
      'httpd-1-1',
      'perl-1-1',
    ])
  })

  it('puts a parent first even where chains of different lengths meet', () => {
    const order = topologicalOrder(
      graph(
        ['x-1-1', 'y-1-1'],
        ['y-1-1', 'z-1-1'],
        ['z-1-1', 'p-1-1'],
        ['leaf-1-1', 'p-1-1'],
        ['p-1-1', 'q-1-1'],
        ['q-1-1', null],
      ),
    )
    expect(order.indexOf('q-1-1')).toBeLessThan(order.indexOf('p-1-1'))
    expect(order.slice(0, 2)).toEqual(['q-1-1', 'p-1-1'])
  })

  it('orders builds of one level by version, and equal or invalid ones by their text', () => {
    expect(
      topologicalOrder(
        graph(['a-1-10', null], ['a-1-9', null], ['odd', null], ['a-1.0-1', null], ['a-1_0-1', null]),
      ),
    ).toEqual(['a-1-9', 'a-1-10', 'a-1.0-1', 'a-1_0-1', 'odd'])
  })

  it('ignores a parent outside the graph', () => {
    expect(topologicalOrder(graph(['a-1-1', 'outside-1-1']))).toEqual(['a-1-1'])
    expect(topologicalOrder(graph())).toEqual([])
  })

  it('rejects a cycle instead of leaving images out', () => {
    expect(() => topologicalOrder(graph(['a-1-1', 'b-1-1'], ['b-1-1', 'a-1-1'], ['c-1-1', null]))).toThrow(
      'Images form a cycle: a-1-1,b-1-1',
    )
  })
})

describe('cycles', () => {
  it('are found completely, from their first member along the parents, without their descendants', () => {
    const cycles = findCycles(
      graph(
        ['below-1-1', 'c-1-1'],
        ['c-1-1', 'a-1-1'],
        ['b-1-1', 'c-1-1'],
        ['a-1-1', 'b-1-1'],
        ['self-1-1', 'self-1-1'],
        ['fine-1-1', null],
      ),
    )
    expect(cycles).toEqual([['a-1-1', 'b-1-1', 'c-1-1'], ['self-1-1']])
  })

  it('are not reported where two chains merely meet', () => {
    expect(findCycles(STACK)).toEqual([])
  })
})

describe('children', () => {
  it('are listed by parent', () => {
    const children = childrenIndex(STACK)
    expect(children.get('s2i-base-1-10')).toEqual(['perl-1-1', 'httpd-1-1'])
    expect(children.has('perl-1-1')).toBe(false)
    expect(childrenIndex(graph(['a-1-1', 'outside-1-1'])).size).toBe(0)
  })
})

describe('the remaining path', () => {
  it('is the longest path to a leaf in seconds, the build itself included', () => {
    const seconds: Record<string, number> = { 'perl-1-1': 50, 'httpd-1-1': 10, 's2i-core-1-11': 3 }
    const remaining = remainingPath(topologicalOrder(STACK), STACK, (nvr) => seconds[nvr] ?? 100)
    expect(Object.fromEntries(remaining)).toEqual({
      'perl-1-1': 50,
      'httpd-1-1': 10,
      's2i-base-1-10': 150,
      's2i-core-1-11': 153,
      'rhel-server-7.4-150': 253,
    })
  })
})
