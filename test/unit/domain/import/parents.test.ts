/** Parents of imported builds, in whatever order their rows come. */
import { expect, it } from 'vitest'
import { closeParents, connectParents } from '../../../../src/domain/import/parents.ts'
import { importedBuild } from '../../../support/database/imported-rows.ts'

const build = (id: number, depOnId: number | null) => importedBuild({ id, depOnId })
const known = (id: number, depOnId: number | null) => ({
  id,
  depOnId,
  name: 'a',
  originalNvr: null,
  rebuiltNvr: null,
  eventId: 1,
})

it('a new build keeps a parent that is imported or comes with it; any other is set later', () => {
  const fresh = [build(10, 1), build(11, 12), build(12, null), build(13, 99), build(14, 5)]
  const { fresh: connected, open } = connectParents({ fresh, present: [build(5, null)] }, [], new Set([1]))
  expect(connected.map(({ depOnId }) => depOnId)).toEqual([1, 12, null, null, 5])
  expect(open).toEqual([{ id: 13, depOnId: 99 }])
})

it('a build that is here without its parent gets it later; one that has a parent keeps it', () => {
  const present = [build(1, 7), build(2, 7), build(3, null)]
  const here = [known(1, null), known(2, 7), known(3, null)]
  expect(connectParents({ fresh: [], present }, here, new Set())).toEqual({
    fresh: [],
    open: [{ id: 1, depOnId: 7 }],
  })
})

it('parents that were never imported are lost', () => {
  const open = [
    { id: 1, depOnId: 7 },
    { id: 2, depOnId: 8 },
  ]
  expect(closeParents(open, new Set([7]))).toEqual({ found: [open[0]], lost: [open[1]] })
  expect(closeParents([], new Set())).toEqual({ found: [], lost: [] })
})
