/** The filters that drop images by the repositories that offer them, with the reason for each repository. */
import { describe, expect, it } from 'vitest'
import {
  dropUnoffered,
  dropUnpublished,
  findOffer,
  indexRepositories,
  isPreview,
  type RepositoryScope,
} from '../../../../../src/domain/rebuild/discover/repository-filter.ts'
import type { CatalogueRepository, Image } from '../../../../../src/domain/rebuild/images/image.ts'
import { drop } from '../../../../support/discover/dropped-images.ts'
import { image, repository } from '../../../../support/rebuild/planned-images.ts'

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
