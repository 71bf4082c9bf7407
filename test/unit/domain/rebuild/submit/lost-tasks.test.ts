/** The search for tasks that were submitted after the moment to which a database was restored (decision 0063). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type FoundTask,
  lostTasks,
  type WantedBuild,
} from '../../../../../src/domain/rebuild/submit/lost-tasks.ts'

const since = new Date('2026-01-31T08:00:00Z')
const later = new Date('2026-01-31T09:00:00Z')
const opts = {
  scratch: false,
  git_branch: 'app-1',
  isolated: true as const,
  koji_parent_build: 'base-1-2.1769846400',
  compose_ids: [7, 8],
}
const wanted: WantedBuild = {
  request: {
    source: 'git://x/containers/app#1',
    target: 'app-1-candidate',
    opts: { ...opts, release: '2.1769860000' },
  },
  originalNvr: 'app-container-1-2.1500000000',
  suffix: '',
  since,
  isShipped: false,
}

function task(id: number, changed: Partial<FoundTask> = {}): FoundTask {
  const release = '2.1769850000'
  const request = { source: wanted.request.source, release, target: wanted.request.target }
  return { id, ...request, opts: { ...opts, release }, createdAt: later, ...changed }
}

const none = { tasks: [], doubtful: [] }

describe('a task is one of the build', () => {
  it('when it was requested with the same source, target and options under a name of a rebuild', () => {
    expect(lostTasks([task(5)], wanted)).toEqual({
      tasks: [{ id: 5, nvr: 'app-container-1-2.1769850000' }],
      doubtful: [],
    })
  })

  it('the oldest first, so that tries follow each other as they did', () => {
    expect(lostTasks([task(9), task(5), task(7)], wanted).tasks.map(({ id }) => id)).toEqual([5, 7, 9])
  })

  it('with the suffix of releases', () => {
    const release = '2.1769850000.hotfix'
    const suffixed = task(5, { release, opts: { ...opts, release } })
    expect(lostTasks([suffixed], wanted)).toEqual(none)
    expect(lostTasks([suffixed], { ...wanted, suffix: '.hotfix' }).tasks).toHaveLength(1)
  })

  it('of no build whose name is not an NVR', () => {
    expect(lostTasks([task(5)], { ...wanted, originalNvr: 'app' })).toEqual(none)
  })

  it('as far as it can be read: the target comes with the source', () => {
    const odd = task(5, { source: undefined, target: undefined })
    expect(lostTasks([odd], wanted)).toEqual({ tasks: [], doubtful: [odd] })
  })

  it('in whatever order the hub has its options', () => {
    const turned = Object.fromEntries(Object.entries(task(5).opts ?? {}).toReversed())
    expect(lostTasks([task(5, { opts: turned })], wanted).tasks).toHaveLength(1)
  })

  it('with a name that our clock made up to an hour before, by the clock of the hub', () => {
    const named = (seconds: number) => {
      const release = `2.${since.getTime() / 1000 + seconds}`
      return task(5, { release, opts: { ...opts, release } })
    }
    expect(lostTasks([named(-3600)], wanted).tasks).toHaveLength(1)
    expect(lostTasks([named(-3601)], wanted)).toEqual(none)
  })

  it('whatever the composes, once the advisory has shipped', () => {
    const renewed = task(5, { opts: { ...opts, compose_ids: [9, 10] } })
    expect(lostTasks([renewed], wanted)).toEqual(none)
    expect(lostTasks([renewed], { ...wanted, isShipped: true }).tasks).toHaveLength(1)
  })
})

describe('a task is another one', () => {
  it.each<[string, Partial<FoundTask>]>([
    ['source', { source: 'git://x/containers/web#1' }],
    ['target', { target: 'app-2-candidate' }],
    ['parent', { opts: { ...opts, koji_parent_build: 'base-1-1' } }],
    ['branch', { opts: { ...opts, git_branch: 'app-2' } }],
    ['kind', { opts: { ...opts, isolated: undefined, scratch: true } }],
    ['further option', { opts: { ...opts, flatpak: true } }],
    ['release of a person', { release: '2.1' }],
    ['release of another version', { release: '3.1769850000' }],
    ['missing release', { release: null }],
  ])('with another %s', (_name, changed) => {
    expect(lostTasks([task(5, changed)], wanted)).toEqual(none)
  })

  it('when it was created before: it is known, or was made without the fix', () => {
    expect(lostTasks([task(5, { createdAt: new Date('2026-01-31T07:59:59Z') })], wanted)).toEqual(none)
    expect(lostTasks([task(5, { createdAt: since })], wanted).tasks).toHaveLength(1)
  })
})

describe('a task that cannot be read', () => {
  const parts = ['id', 'source', 'release', 'opts', 'createdAt'] as const

  it('is in doubt unless what can be read rules it out, whichever parts are missing', () => {
    fc.assert(
      fc.property(fc.subarray([...parts], { minLength: 1 }), (missing) => {
        const odd = task(5, Object.fromEntries(missing.map((name) => [name, undefined])))
        expect(lostTasks([odd, task(6)], wanted)).toEqual({
          tasks: [{ id: 6, nvr: 'app-container-1-2.1769850000' }],
          doubtful: [odd],
        })
        if (!missing.includes('source'))
          expect(lostTasks([{ ...odd, source: 'git://x/containers/web#1' }], wanted)).toEqual(none)
      }),
    )
  })
})
