/** The search for the task of an interrupted submission, among tasks of which parts cannot be read. */
import { describe, expect, it } from 'vitest'
import { searchTasks } from '../../../../../src/domain/rebuild/submit/search-tasks.ts'

const wanted = { source: 'git://x/containers/app#1', release: '2.1700000000' }
const mine = { id: 7, ...wanted }
const foreign = { id: 8, source: 'git://x/containers/app#1', release: '1.1600000000' }

describe('the task', () => {
  it('is the one with the source and the release', () => {
    expect(searchTasks([foreign, mine], wanted)).toEqual({ found: 7, possible: [] })
  })

  it('is found beside tasks that cannot be read', () => {
    const odd = { id: undefined, source: undefined, release: undefined }
    expect(searchTasks([odd, mine], wanted)).toEqual({ found: 7, possible: [] })
  })

  it('does not exist when all others differ', () => {
    const other = { id: 9, source: 'git://x/containers/web#1', release: null }
    expect(searchTasks([foreign, other], wanted)).toEqual({ found: undefined, possible: [] })
  })
})

describe('a task that cannot be read', () => {
  it.each([
    { id: undefined, source: undefined, release: undefined },
    { ...mine, id: undefined },
    { ...mine, source: undefined },
    { ...mine, release: undefined },
  ])('may be the one unless a readable part differs: %j', (task) => {
    expect(searchTasks([foreign, task], wanted)).toEqual({ found: undefined, possible: [task] })
  })

  it.each([
    { ...foreign, source: undefined },
    { id: undefined, source: 'git://x/containers/web#1', release: undefined },
    { id: 9, source: undefined, release: null },
  ])('is another one if a readable part differs: %j', (task) => {
    expect(searchTasks([task], wanted)).toEqual({ found: undefined, possible: [] })
  })
})
