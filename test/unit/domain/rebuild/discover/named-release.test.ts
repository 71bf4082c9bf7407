import { describe, expect, it } from 'vitest'
import {
  type BuildBranch,
  chooseReleases,
  openReleases,
  releasesByPackage,
} from '../../../../../src/domain/rebuild/discover/named-release.ts'

const RELEASES = releasesByPackage(
  ['foo-container', 'bar-container'],
  ['foo-container-1-2', 'foo-container-1-10', 'bar-container-1-1', 'foo-container-2-1'],
)
const answers = (known: Record<string, BuildBranch>) => new Map(Object.entries(known))
const FROM_A: BuildBranch = { branch: 'a' }
const FROM_B: BuildBranch = { branch: 'b' }

describe('the releases of the requested packages', () => {
  it('are sorted as RPM does, the newest first', () => {
    expect(RELEASES.get('foo-container')).toEqual([
      'foo-container-2-1',
      'foo-container-1-10',
      'foo-container-1-2',
    ])
  })

  it('leave out other packages, repetitions and what is not an NVR', () => {
    const nvrs = ['foo-1-1', 'foo-1-1', 'foobar-1-1', 'nonsense', 'registry/foo:1-1 (x86_64)']
    expect([...releasesByPackage(['foo', 'absent'], nvrs)]).toEqual([
      ['foo', ['foo-1-1']],
      ['absent', []],
    ])
  })
})

describe('the next look-up', () => {
  it('begins with the newest releases of all packages', () => {
    expect(openReleases(RELEASES, new Map(), 'a', 2)).toEqual([
      'foo-container-2-1',
      'foo-container-1-10',
      'bar-container-1-1',
    ])
  })

  it('goes on below releases of other branches, and ends where the branch was found or nothing is left', () => {
    const known = answers({ 'foo-container-2-1': FROM_B, 'bar-container-1-1': { none: 'no task' } })
    expect(openReleases(RELEASES, known, 'a', 1)).toEqual(['foo-container-1-10'])
    expect(openReleases(RELEASES, new Map([...known, ['foo-container-1-10', FROM_A]]), 'a', 1)).toEqual([])
  })

  it('ends at a record that cannot be read, as it may be the one', () => {
    const known = answers({ 'foo-container-2-1': { unreadable: 'odd' }, 'bar-container-1-1': FROM_A })
    expect(openReleases(RELEASES, known, 'a', 9)).toEqual([])
  })
})

describe('the choice', () => {
  it('is the newest release from the branch, and everything else that was looked up has a reason', () => {
    const known = answers({
      'foo-container-2-1': FROM_B,
      'foo-container-1-10': FROM_A,
      'foo-container-1-2': FROM_A,
      'bar-container-1-1': { none: 'no task of the build system built it' },
    })
    expect(chooseReleases(RELEASES, known, 'a')).toEqual({
      chosen: [{ nvr: 'foo-container-1-10', error: null }],
      missing: ['bar-container'],
      considered: [
        {
          nvr: 'foo-container-2-1',
          outcome: 'not-rebuilt',
          rule: 'other-branch',
          reason: 'it was built from the branch b, not from a',
        },
        {
          nvr: 'foo-container-1-2',
          outcome: 'not-rebuilt',
          rule: 'newest-release',
          reason: 'foo-container-1-10 is newer than foo-container-1-2',
        },
        {
          nvr: 'bar-container-1-1',
          outcome: 'not-rebuilt',
          rule: 'no-branch',
          reason: 'no task of the build system built it',
        },
      ],
    })
  })

  it('is a newer release whose record cannot be read, never an older one in its place', () => {
    const known = answers({ 'foo-container-2-1': { unreadable: 'odd' }, 'foo-container-1-10': FROM_A })
    const { chosen } = chooseReleases(RELEASES, known, 'a')
    expect(chosen).toEqual([{ nvr: 'foo-container-2-1', error: 'odd' }])
  })

  it('leaves an older release whose record cannot be read, with the reason', () => {
    const known = answers({ 'foo-container-2-1': FROM_A, 'foo-container-1-10': { unreadable: 'odd' } })
    expect(chooseReleases(RELEASES, known, 'a').considered).toMatchObject([
      { nvr: 'foo-container-1-10', rule: 'newest-release' },
    ])
  })

  it('names the packages without one in alphabetical order', () => {
    expect(chooseReleases(RELEASES, new Map(), 'a').missing).toEqual(['bar-container', 'foo-container'])
  })
})
