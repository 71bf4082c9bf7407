/** Checks which published release replaces an ancestor that lacks the fix, and why others do not (behaviour/freshmaker 7.8). */
import { describe, expect, it } from 'vitest'
import { compareReleases } from '../../../../../src/domain/rebuild/discover/compared-release.ts'
import {
  chooseFixedRelease,
  dropIncomplete,
  indexReleases,
  newerReleases,
} from '../../../../../src/domain/rebuild/discover/fixed-release.ts'
import { indexFixed } from '../../../../../src/domain/rebuild/images/affected-rpms.ts'
import type { Image } from '../../../../../src/domain/rebuild/images/image.ts'
import { image, rpm } from '../../../../support/rebuild/planned-images.ts'

const withRpms = (nvr: string, nvras: string[], over: Partial<Image> = {}) =>
  image(nvr, { rpms: nvras.map(rpm), ...over })
const FIXED = ['openssl-1.1-3.el8.x86_64', 'bash-5-1.el8.x86_64']
const OLD = withRpms('app-1-1', ['openssl-1.1-2.el8.x86_64', 'zlib-1-1.el8.x86_64'])
const RULES = {
  compared: compareReleases(indexFixed(['openssl-1.1-3.el8', 'curl-7-2.el8'])),
  contentSets: ['rhel-8-baseos'],
  buildRegistries: new Set<string>(),
}
const GROUP = ['product/app']

describe('a release whose build in Koji is known', () => {
  const drop = dropIncomplete(
    new Map([
      ['app-1-2', 'COMPLETE'],
      ['app-1-3', 'DELETED'],
      ['app-1-4', null],
    ]),
  )

  it('is dropped unless it is complete; one that Koji does not know may have been built elsewhere', () => {
    const kept = ['app-1-1', 'app-1-2', 'app-1-3', 'app-1-4'].filter((nvr) => drop(image(nvr)).kept)
    expect(kept).toEqual(['app-1-1', 'app-1-2', 'app-1-4'])
    expect(drop(image('app-1-3'))).toMatchObject({
      reason: 'its Koji build is DELETED, not COMPLETE: nothing can be built on it',
    })
  })
})

describe('newer releases', () => {
  it('are those with a higher release, the newest first, in whatever order the catalogue lists them', () => {
    const releases = ['app-1-9', 'app-1-2_0', 'app-1-1', 'app-1-10', 'app-1-2.0', 'app-1-0'].map((nvr) =>
      image(nvr),
    )
    const inOrder = ['app-1-10', 'app-1-9', 'app-1-2.0', 'app-1-2_0']
    for (const listed of [releases, releases.toReversed()])
      expect(newerReleases(OLD, indexReleases(listed)).map(({ nvr }) => nvr)).toEqual(inOrder)
  })
})

describe('a release', () => {
  it('that has the fix, whatever else is in it, replaces the ancestor', () => {
    const { fixedRelease } = chooseFixedRelease(OLD, GROUP, [withRpms('app-1-2', FIXED)], RULES)
    expect(fixedRelease).toBe('app-1-2')
    const other = withRpms('app-1-2', FIXED, { contentSets: ['other'] })
    const anyContent = { ...RULES, contentSets: [] }
    expect(chooseFixedRelease(OLD, GROUP, [other], anyContent).fixedRelease).toBe('app-1-2')
  })

  it.each<[string, Image]>([
    ['published', withRpms('app-1-2', FIXED, { repositories: [] })],
    ['hotfix', withRpms('app-1-2', FIXED, { labels: { 'com.redhat.hotfix': 'x' } })],
    ['image-group', withRpms('app-1-2', FIXED, { repositories: image('b-1-1').repositories })],
    ['content-sets', withRpms('app-1-2', FIXED, { contentSets: ['other'] })],
    ['unreadable-rpms', image('app-1-2', { rpms: null })],
    ['unreadable-rpms', withRpms('app-1-2', FIXED, { archesWithoutRpms: ['s390x'] })],
    ['unreadable-rpms', withRpms('app-1-2', FIXED, { unreadableRpms: 1 })],
    ['rpm-names', withRpms('app-1-2', [...FIXED, 'curl-7-2.el8.x86_64'])],
    ['rpm-names', withRpms('app-1-2', ['bash-5-1.el8.x86_64'])],
    ['rpm-version', withRpms('app-1-2', ['openssl-1.1-2.el8.x86_64'])],
    ['rpm-stream', withRpms('app-1-2', ['openssl-3.0-1.el9.x86_64'])],
  ])('does not replace it because of: %s', (rule, release) => {
    const { fixedRelease, considered } = chooseFixedRelease(OLD, GROUP, [release], RULES)
    expect([fixedRelease, considered]).toMatchObject([null, [{ nvr: 'app-1-2', rule }]])
  })

  it('that lacks the fix is named beside the older one that is chosen', () => {
    const newest = withRpms('app-1-3', ['openssl-1.1-2.el8.x86_64'])
    const { fixedRelease, considered } = chooseFixedRelease(
      OLD,
      GROUP,
      [newest, withRpms('app-1-2', FIXED)],
      RULES,
    )
    expect(fixedRelease).toBe('app-1-2')
    expect(considered.map(({ nvr, rule }) => [nvr, rule])).toEqual([
      ['app-1-3', 'rpm-version'],
      ['app-1-2', 'has-fix'],
    ])
  })
})

describe('a long history of one image', () => {
  it('needs one look at the RPMs of each release, however many releases are ancestors', () => {
    let lookups = 0
    const fixed = indexFixed(['openssl-1.1-3.el8'])
    const counted = Object.assign(new Map(fixed), {
      has: (name: string) => {
        lookups += 1
        return fixed.has(name)
      },
    })
    const rules = { ...RULES, compared: compareReleases(counted) }
    const releases = Array.from({ length: 40 }, (_, index) =>
      withRpms(`app-1-${index + 1}`, ['openssl-1.1-2.el8.x86_64', 'zlib-1-1.el8.x86_64']),
    )
    const index = indexReleases(releases)
    const considered = releases.flatMap(
      (old) => chooseFixedRelease(old, GROUP, newerReleases(old, index), rules).considered,
    )
    expect(considered).toHaveLength((40 * 39) / 2)
    expect(lookups).toBe(2 * 40)
  })
})
