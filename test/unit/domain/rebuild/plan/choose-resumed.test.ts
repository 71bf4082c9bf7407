import { describe, expect, it } from 'vitest'
import {
  chooseBuilds,
  type EndedBuild,
  judgeResume,
  type ResumeFacts,
} from '../../../../../src/domain/rebuild/plan/choose-resumed.ts'

const build = (id: number, state: EndedBuild['state'], depOnId: number | null = null): EndedBuild => ({
  id,
  state,
  depOnId,
})
/** 1 is DONE; 2, built on it, FAILED with 3 and 4; 5 was canceled, and 6 with it. */
const TREE = [
  build(1, 'DONE'),
  build(2, 'FAILED', 1),
  build(3, 'FAILED', 2),
  build(4, 'CANCELED', 3),
  build(5, 'CANCELED', 1),
  build(6, 'CANCELED', 5),
]
const judge = (over: Partial<ResumeFacts>) =>
  judgeResume({
    event: { id: 12, state: 'FAILED', searchKey: '123' },
    open: undefined,
    builds: TREE,
    named: [],
    ...over,
  })

describe('the builds of a resumed event', () => {
  it('are those that failed, with everything that is built on them', () => {
    expect(chooseBuilds(TREE, [])).toEqual([2, 3, 4])
  })

  it('include canceled ones that are named, with what is built on them', () => {
    expect(chooseBuilds(TREE, [5])).toEqual([5, 6])
    expect(chooseBuilds(TREE, [6])).toEqual([5, 6])
  })

  it('include the parents that a named build needs', () => {
    expect(chooseBuilds(TREE, [3])).toEqual([2, 3, 4])
  })

  it('leave out what failed because its parent was canceled, unless it is named', () => {
    const builds = [build(1, 'CANCELED'), build(2, 'FAILED', 1), build(3, 'FAILED', 2), build(4, 'FAILED')]
    expect(chooseBuilds(builds, [])).toEqual([4])
    expect(chooseBuilds(builds, [2])).toEqual([1, 2, 3])
  })

  it('include an image below one that has been rebuilt since', () => {
    expect(chooseBuilds([build(1, 'FAILED'), build(2, 'DONE', 1), build(3, 'FAILED', 2)], [])).toEqual([1, 3])
    expect(chooseBuilds([build(1, 'CANCELED'), build(2, 'DONE', 1), build(3, 'FAILED', 2)], [])).toEqual([3])
  })
})

describe('an event', () => {
  it('is resumed with the builds to plan again', () => {
    expect(judge({})).toEqual({ builds: [2, 3, 4] })
  })

  it('that ended without builds is discovered again', () => {
    expect(judge({ builds: [] })).toEqual({ builds: [] })
    expect(judge({ builds: [], named: [3] })).toMatchObject({ kind: 'unknown-build' })
    const event = { id: 12, state: 'COMPLETE', searchKey: '123' } as const
    expect(judge({ builds: [], event })).toMatchObject({ kind: 'nothing-left' })
  })

  it.for(['INITIALIZED', 'BUILDING'] as const)('is not resumed while it is %s', (state) => {
    const text = `Event 12 is ${state}: only an event that has ended can be resumed.`
    expect(judge({ event: { id: 12, state, searchKey: '123' } })).toEqual({ kind: 'not-ended', text })
  })

  it('is not resumed twice at a time', () => {
    expect(judge({ open: { id: 15, resumes: 12 } })).toEqual({
      kind: 'open',
      text: 'Event 15 already resumes event 12.',
      eventId: 15,
    })
  })

  it('is not resumed while another event of its advisory is open', () => {
    expect(judge({ open: { id: 15, resumes: null } })).toEqual({
      kind: 'open',
      text: 'Advisory 123 is being handled by event 15, which has to end first.',
      eventId: 15,
    })
  })

  it('is not resumed for builds of other events or for rebuilt images', () => {
    expect(judge({ named: [2, 99] })).toEqual({ kind: 'unknown-build', text: 'Event 12 has no build 99.' })
    const text = 'The image of build 1 is rebuilt: there is nothing to resume.'
    expect(judge({ named: [1] })).toEqual({ kind: 'build-done', text })
  })

  it('is not resumed when nothing is left, with the reason', () => {
    const kind = 'nothing-left'
    expect(judge({ builds: [build(1, 'DONE'), build(2, 'DONE', 1)] })).toEqual({
      kind,
      text: 'Event 12 has nothing to resume: every build is DONE.',
    })
    const canceled = [build(1, 'DONE'), build(2, 'CANCELED', 1), build(3, 'FAILED', 2)]
    expect(judge({ builds: canceled })).toEqual({
      kind,
      text: 'Event 12 has nothing to resume: 1 build is DONE, 1 was canceled and must be named.',
    })
  })
})
