import { describe, expect, it } from 'vitest'
import { shortList } from '../../../../../src/domain/rebuild/consideration.ts'
import { ruleListSchema } from '../../../../../src/domain/rebuild/discover/allow.ts'
import {
  dropDisallowed,
  dropHotfixes,
  dropOtherContentSets,
  dropRebuilt,
  filterImages,
  type ImageFilter,
} from '../../../../../src/domain/rebuild/discover/image-filter.ts'
import { newestReleases } from '../../../../../src/domain/rebuild/discover/newest-release.ts'
import {
  dropUnoffered,
  dropUnpublished,
  findOffer,
  indexRepositories,
  isPreview,
  type RepositoryScope,
} from '../../../../../src/domain/rebuild/discover/repository-filter.ts'
import {
  dropFixed,
  dropOtherModularity,
  dropWithoutNames,
  rpmFilters,
} from '../../../../../src/domain/rebuild/discover/rpm-filter.ts'
import { indexFixed, wantedRpms } from '../../../../../src/domain/rebuild/images/affected-rpms.ts'
import type { CatalogueRepository, Image } from '../../../../../src/domain/rebuild/images/image.ts'
import { image, repository, rpm } from '../../../../support/rebuild/planned-images.ts'

/** null when the image is kept, else rule and reason. */
function drop(filter: ImageFilter, candidate: Image): string | null {
  const verdict = filter(candidate)
  return verdict.kept ? null : `${verdict.rule}: ${verdict.reason}`
}

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

describe('the filter by RPMs', () => {
  const fixed = indexFixed(['openssl-1.1-3.el8', 'nodejs-18.2-1.module+el8.6.0+1+a'])
  const withRpms = (...nvras: string[]) => image('a-1-1', { rpms: nvras.map(rpm) })

  it('keeps an image whose RPMs are unknown', () => {
    for (const filter of rpmFilters(fixed)) expect(drop(filter, image('a-1-1', { rpms: null }))).toBeNull()
  })

  it.each([['openssl-1.1-3.el8.aarch64'], ['bash-5-1.el8.aarch64'], ['nodejs-16.1-1.el8.aarch64']])(
    'keeps an image whose RPMs are unknown for one architecture, and are only %s for the others',
    (nvra) => {
      const known = { ...withRpms(nvra), archesWithoutRpms: ['x86_64'] }
      for (const filter of rpmFilters(fixed)) expect(drop(filter, known)).toBeNull()
      expect(rpmFilters(fixed).some((filter) => drop(filter, withRpms(nvra)) !== null)).toBe(true)
    },
  )

  it('drops an image without the names', () => {
    expect(drop(dropWithoutNames(fixed), withRpms('bash-5-1.el8.x86_64'))).toBe(
      'rpm-names: it has none of the RPMs openssl, nodejs',
    )
    expect(drop(dropWithoutNames(fixed), withRpms('openssl-9-1.el9.x86_64'))).toBeNull()
  })

  it('drops an image whose RPMs are fixed, with both versions in the reason', () => {
    expect(drop(dropFixed(fixed), withRpms('openssl-1.1-3.el8.x86_64', 'openssl-1.1-3.el8.s390x'))).toBe(
      'rpm-version: none of its RPMs is older than the fixed ones: openssl-1.1-3.el8 against openssl-1.1-3.el8',
    )
    expect(drop(dropFixed(fixed), withRpms('openssl-1.1-3.el8.x86_64', 'openssl-1.1-2.el8.s390x'))).toBeNull()
  })

  it('mentions in the reason where an unknown epoch might decide', () => {
    const newer = withRpms('openssl-1.1-4.el8.x86_64')
    const reason =
      'rpm-version: none of its RPMs is older than the fixed ones: openssl-1.1-4.el8 against openssl-1.1-3.el8'
    expect(drop(dropFixed(indexFixed(['openssl-1:1.1-3.el8'])), newer)).toBe(
      `${reason} (its epoch is not known)`,
    )
    expect(drop(dropFixed(indexFixed(['openssl-0:1.1-3.el8'])), newer)).toBe(reason)
  })

  it('drops an image of another stream', () => {
    expect(drop(dropFixed(fixed), withRpms('openssl-1.0-1.el7.x86_64'))).toContain(
      'openssl-1.0-1.el7 against openssl-1.1-3.el8',
    )
  })

  it('drops an image when only one side comes from a module', () => {
    expect(drop(dropOtherModularity(fixed), withRpms('nodejs-16.1-1.el8.x86_64'))).toBe(
      'modularity: only one side comes from a module: nodejs-16.1-1.el8 against nodejs-18.2-1.module+el8.6.0+1+a',
    )
    expect(drop(dropOtherModularity(fixed), withRpms('nodejs-18.1-1.module+el8.5.0+7+b.x86_64'))).toBeNull()
    expect(
      drop(dropOtherModularity(fixed), withRpms('nodejs-16.1-1.el8.x86_64', 'openssl-1.1-2.el8.x86_64')),
    ).toBeNull()
  })

  it('keeps an image with a single affected RPM', () => {
    const affected = withRpms('bash-5-1.el8.x86_64', 'openssl-1.1-2.el8.x86_64')
    expect(rpmFilters(fixed).map((filter) => drop(filter, affected))).toEqual([null, null, null])
  })
})

describe('the filter by repositories', () => {
  const published: RepositoryScope = {
    published: true,
    releaseCategories: ['Generally Available'],
    unpublishedExceptions: [],
  }
  const buildRegistries = new Set(['build-registry'])
  const why = (candidate: Image, repositories: CatalogueRepository[], query = published) =>
    drop(dropUnoffered(indexRepositories(repositories, query), buildRegistries), candidate)
  const offered = (over: Partial<Image['repositories'][number]> = {}) =>
    image('foo-1-1', {
      repositories: [
        {
          registry: 'registry',
          repository: 'product/foo',
          published: true,
          tags: ['1.0', 'latest'],
          ...over,
        },
      ],
    })

  it('keeps an image with a rebuilt tag of its repository, and returns where it is offered', () => {
    const index = indexRepositories(
      [
        repository('product/foo', {
          autoRebuildTags: ['8.1', 'latest'],
          releaseCategories: ['Beta', 'Generally Available'],
        }),
      ],
      published,
    )
    expect(findOffer(offered(), index, buildRegistries)).toEqual({
      registry: 'registry',
      repository: 'product/foo',
      tag: 'latest',
      releaseCategories: ['Beta', 'Generally Available'],
    })
    expect(drop(dropUnoffered(index, buildRegistries), offered())).toBeNull()
  })

  it.each([
    [['Generally Available', 'Beta'], true],
    [['Tech Preview'], true],
    [['Generally Available', 'Deprecated'], false],
  ])('counts an offer in %j as a preview: %s', (releaseCategories, expected) => {
    expect(isPreview({ registry: 'r', repository: 'p', tag: 'latest', releaseCategories })).toBe(expected)
  })

  it('ignores the tags of other repositories, including those of the same name in another registry', () => {
    const repositories = [
      repository('product/foo', { autoRebuildTags: ['2.0'] }),
      repository('product/bar', { autoRebuildTags: ['latest'] }),
      repository('product/foo', { registry: 'elsewhere', autoRebuildTags: ['latest'] }),
    ]
    expect(why(offered(), repositories)).toBe(
      'auto-rebuild-tag: none of its tags is rebuilt automatically ' +
        '(registry/product/foo: has tags 1.0, latest; rebuilt tags: 2.0)',
    )
  })

  it('ignores build registries and unknown repositories', () => {
    const repositories = [repository('product/foo', { registry: 'build-registry' })]
    expect(why(offered({ registry: 'build-registry' }), repositories)).toContain('it is a build registry')
    expect(why(offered(), [])).toContain('registry/product/foo: the repository is not in the catalogue')
  })

  it.each([
    [{ autoRebuildTags: null }, 'auto_rebuild_tags was never set'],
    [{ autoRebuildTags: [] }, 'auto_rebuild_tags is empty'],
    [{ published: false }, 'it is not published'],
    [{ releaseCategories: ['Beta'] }, 'its release categories (Beta) include none of Generally Available'],
  ])('gives the reason why a repository is not used: %j', (over, reason) => {
    expect(why(offered(), [repository('product/foo', over)])).toContain(reason)
  })

  it('uses unpublished repositories that are listed as exceptions, and only for published images', () => {
    const unpublished = repository('product/foo', { published: false, releaseCategories: ['Deprecated'] })
    const unpublishedExceptions = [{ registry: 'registry', repository: 'product/foo' }]
    expect(why(offered(), [unpublished], { ...published, unpublishedExceptions })).toBeNull()
    const namesake = [{ registry: 'elsewhere', repository: 'product/foo' }]
    expect(why(offered(), [unpublished], { ...published, unpublishedExceptions: namesake })).toContain(
      'not published',
    )
    const onlyUnpublished = { published: false, releaseCategories: null, unpublishedExceptions }
    expect(why(offered(), [repository('product/foo')], onlyUnpublished)).toContain('it is published')
  })

  it('uses every repository when the query has no conditions', () => {
    const open: RepositoryScope = { published: null, releaseCategories: null, unpublishedExceptions: [] }
    expect(
      why(offered(), [repository('product/foo', { published: false, releaseCategories: [] })], open),
    ).toBeNull()
  })

  it('drops images that are published only in build registries', () => {
    const places = (...list: [string, boolean][]) =>
      image('a-1-1', {
        repositories: list.map(([registry, published]) => ({
          registry,
          repository: 'r',
          published,
          tags: [],
        })),
      })
    const filter = dropUnpublished(buildRegistries)
    expect(drop(filter, places(['registry', true]))).toBeNull()
    expect(drop(filter, places(['registry', false], ['elsewhere', true]))).toBeNull()
    expect(drop(filter, places(['build-registry', true], ['registry', false]))).toBe(
      'published: no published repository among build-registry/r (published), registry/r (unpublished)',
    )
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
