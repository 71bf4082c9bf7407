/** Checks which images are on the critical path of an event. */
import { expect, it } from 'vitest'
import type { BuildState } from '../../../../src/domain/rebuild/states.ts'
import { criticalIds } from '../../../../src/ui/graph/critical-path.ts'

const build = (
  id: number,
  parentId: number | null,
  remainingPathS: number | null,
  state: BuildState = 'PLANNED',
) => ({
  id,
  parentId,
  remainingPathS,
  state,
})

it('the critical path consists of the images that take longest, from the first open one to the last', () => {
  const builds = [
    build(1, null, 90, 'DONE'),
    build(2, 1, 60, 'BUILD'),
    build(3, 1, 50),
    build(4, 2, 10),
    build(5, 2, 30),
  ]
  expect(criticalIds(builds)).toEqual([2, 5])
})

it('the critical path is empty when all have ended, and also ends where rows have a cycle', () => {
  expect(criticalIds([build(1, null, 9, 'DONE'), build(2, 1, 5, 'FAILED')])).toEqual([])
  expect(criticalIds([build(1, 2, 9), build(2, 1, 5)])).toEqual([])
  expect(criticalIds([build(1, null, null), build(2, 1, 5), build(3, 2, 4), build(3, 3, 4)])).toEqual([
    1, 2, 3,
  ])
})
