/** Filters of discovery for images, and the reasons of the images that they drop. */
import { describe, expect, it } from 'vitest'
import { shortList } from '../../../../../src/domain/rebuild/consideration.ts'
import { ruleListSchema } from '../../../../../src/domain/rebuild/discover/allow.ts'
import {
  dropDisallowed,
  dropHotfixes,
  dropOtherContentSets,
  dropRebuilt,
  filterImages,
} from '../../../../../src/domain/rebuild/discover/image-filter.ts'
import { newestReleases } from '../../../../../src/domain/rebuild/discover/newest-release.ts'
import { indexFixed, wantedRpms } from '../../../../../src/domain/rebuild/images/affected-rpms.ts'
import type { Image } from '../../../../../src/domain/rebuild/images/image.ts'
import { drop } from '../../../../support/discover/dropped-images.ts'
import { image, rpm } from '../../../../support/rebuild/planned-images.ts'

describe('an image that was rebuilt before', () => {
  const fixed = indexFixed(['openssl-1:1.1.1-3.el8', 'curl-7-2.el8'])
  const filterOf = (...had: string[]) =>
    dropRebuilt<Image>(new Map([['done-1-1', new Set(had)]]), (one) => wantedRpms(fixed, one))
  const dropsWhen = (had: string[], over: Partial<Image>) =>
    drop(filterOf(...had), image('done-1-1', over)) !== null

  it('is dropped when all RPMs that it needs were fixed then', () => {
    const rpms = [rpm('openssl-1.1.1-2.el8.x86_64')]
    expect(dropsWhen(['openssl-1.1.1-3.el8'], { rpms })).toBe(true)
    expect(dropsWhen(['openssl-1.1.1-2.1.el8', 'curl-7-2.el8'], { rpms })).toBe(false)
  })

  it('needs all RPMs of the advisory where its own are not known', () => {
    const had = ['openssl-1.1.1-3.el8']
    expect(dropsWhen(had, { rpms: null })).toBe(false)
    expect(dropsWhen(had, { rpms: [], archesWithoutRpms: ['s390x'] })).toBe(false)
    expect(dropsWhen([...had, 'curl-7-2.el8'], { rpms: null })).toBe(true)
  })
})

describe('running filters', () => {
  it('keeps or drops every image, by the first filter that drops it', () => {
    const images = [
      image('plain-1-1'),
      image('hot-1-1', { labels: { 'com.redhat.hotfix': 'rhbz1' } }),
      image('done-1-1', { labels: { 'com.redhat.hotfix': '' } }),
      image('done-1-2'),
    ]
    const { kept, considered } = filterImages(images, [
      dropHotfixes,
      dropRebuilt(
        new Map([
          ['done-1-1', null],
          ['done-1-2', null],
        ]),
        () => ['a-1-1'],
      ),
    ])
    expect(kept.map(({ nvr }) => nvr)).toEqual(['plain-1-1'])
    expect(considered).toEqual([
      {
        nvr: 'hot-1-1',
        outcome: 'not-rebuilt',
        rule: 'hotfix',
        reason: "it is a hotfix: label com.redhat.hotfix is 'rhbz1'",
      },
      {
        nvr: 'done-1-1',
        outcome: 'not-rebuilt',
        rule: 'hotfix',
        reason: "it is a hotfix: label com.redhat.hotfix is ''",
      },
      {
        nvr: 'done-1-2',
        outcome: 'not-rebuilt',
        rule: 'already-rebuilt',
        reason: 'done-1-2 was already rebuilt for this advisory',
      },
    ])
  })

  it('keeps everything without filters', () => {
    expect(filterImages([image('a-1-1')], [])).toMatchObject({ kept: [{ nvr: 'a-1-1' }], considered: [] })
  })
})

describe('the filter by content sets', () => {
  const filter = dropOtherContentSets(['rhel-8-baseos', 'rhel-8-appstream'])

  it('keeps an image that shares one', () => {
    expect(drop(filter, image('a-1-1', { contentSets: ['other', 'rhel-8-appstream'] }))).toBeNull()
  })

  it('keeps every image when any content will do', () => {
    expect(drop(dropOtherContentSets(null), image('a-1-1', { contentSets: [] }))).toBeNull()
  })

  it('drops images that share none, with both lists in the reason', () => {
    expect(drop(filter, image('a-1-1', { contentSets: ['rhel-7'] }))).toBe(
      "content-sets: its content sets (rhel-7) include none of the advisory's (rhel-8-baseos, rhel-8-appstream)",
    )
    expect(drop(filter, image('a-1-1', { contentSets: [] }))).toContain('its content sets (none)')
  })
})

describe("the operators' rules", () => {
  it('drop what they do not allow, with the deciding value in the reason', () => {
    const allow = ruleListSchema('allowlist').parse({
      global: { image: { image_published_repo: 'product/' } },
    })
    const rules = { allow, block: {} }
    const filter = dropDisallowed(
      rules,
      'Handler',
      { manual: false },
      ({ repositories }) => repositories[0]?.repository ?? null,
    )
    expect(drop(filter, image('foo-1-1'))).toBeNull()
    expect(drop(filter, image('foo-1-1', { repositories: [] }))).toBe(
      "not-allowed: the allow rule does not match: image_published_repo 'None' matches none of: product/",
    )
  })
})

describe('several releases of one version', () => {
  it('are reduced to the newest, which the reasons of the rest name, in any order', () => {
    const nvrs = ['foo-1-9', 'foo-1-10', 'foo-2-1', 'bar-1-1']
    for (const order of [nvrs, nvrs.toReversed()]) {
      const { kept, considered } = newestReleases(order.map((nvr) => image(nvr)))
      expect(kept.map(({ nvr }) => nvr).toSorted()).toEqual(['bar-1-1', 'foo-1-10', 'foo-2-1'])
      expect(considered).toEqual([
        {
          nvr: 'foo-1-9',
          outcome: 'not-rebuilt',
          rule: 'newest-release',
          reason: 'foo-1-10 is newer than foo-1-9',
        },
      ])
    }
  })
})

describe('lists in reasons', () => {
  it('are cut after five entries', () => {
    expect(shortList(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c, d, e')
    expect(shortList(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more')
  })
})
