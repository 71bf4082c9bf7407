/** Lists of the catalogue: a list that is not whole is trouble of the catalogue; repositories are read from all pages. */
import { describe, expect, test } from 'vitest'
import { images, pyxisClient, pyxisWith, type Query, queryOf } from '../../../support/lab/paged-pyxis.ts'
import { repositoryRecord } from '../../../support/lab/pyxis-records.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'

describe('a counted list', () => {
  /** A catalogue that counts 450 records and lists the first `count` of them, except in readings that are whole. */
  async function cutTo(count: number, isWhole: (reading: number) => boolean = () => false) {
    const repositories = Array.from({ length: 450 }, (_, index) => repositoryRecord(`product/repo${index}`))
    let readings = 0
    const server = await serve((request, response) => {
      const { page, page_size } = queryOf(request)
      if (page === 0) readings += 1
      const listed = isWhole(readings) ? repositories : repositories.slice(0, count)
      const data = listed.slice(page * page_size, (page + 1) * page_size)
      sendJson(response, { data: { find_repositories: { error: null, data, page, page_size, total: 450 } } })
    })
    const client = pyxisClient(server.url)
    return { find: () => client.findRepositories({ published: true, releaseCategories: null }) }
  }

  test.each([0, 2, 200, 449])(
    'of which only %i of 450 records come is trouble of the catalogue',
    async (count) => {
      const { find } = await cutTo(count)
      await expect(find()).rejects.toMatchObject({
        blame: 'service',
        message: `pyxis: find_repositories: the list is not whole: ${count} of 450 records`,
      })
    },
  )

  test('that is cut short is read again before it counts as trouble', async () => {
    const { find } = await cutTo(449, (reading) => reading === 2)
    expect((await find()).repositories).toHaveLength(450)
  })

  test.each([
    ['a page that repeats the one before', ({ page }: Query) => (page === 2 ? 1 : page) * 200],
    ['a page that begins with records of the one before', ({ page }: Query) => page * 150],
  ])('with %s is trouble of the catalogue', async (_what, startOf) => {
    const server = await serve((request, response) => {
      const { page, page_size } = queryOf(request)
      const from = startOf(queryOf(request))
      const data = Array.from({ length: page_size }, (_, index) =>
        repositoryRecord(`repo${from + index}`, { _id: `id-${from + index}` }),
      )
      sendJson(response, { data: { find_repositories: { error: null, data, page, page_size, total: 600 } } })
    })
    const client = pyxisClient(server.url)
    await expect(client.findRepositories({ published: true, releaseCategories: null })).rejects.toMatchObject(
      {
        blame: 'service',
        message: expect.stringMatching(
          /^pyxis: find_repositories: the list is not whole: \d+ of 600 records come on two pages$/,
        ),
      },
    )
  })

  test('of more pages than any list has is trouble of the catalogue, and is not read', async () => {
    const { url, received } = await serve((_request, response) =>
      sendJson(response, { data: { find_images: { error: null, data: images(200), total: 2 ** 40 } } }),
    )
    const client = pyxisClient(url)
    await expect(client.imagesByNames(['a'])).rejects.toMatchObject({
      blame: 'service',
      message: 'pyxis: find_images: the list does not end after 10000 pages',
    })
    expect(received).toHaveLength(1)
  })

  test('is not empty when no list comes', async () => {
    const { url } = await serve((_request, response) =>
      sendJson(response, { data: { find_images: { error: null, data: null } } }),
    )
    const client = pyxisClient(url)
    await expect(client.imagesByNvrs(['a-1-1'])).rejects.toMatchObject({ blame: 'service' })
  })
})

describe('repositories', () => {
  test('are queried by vendor, publication and category, and read from all pages', async () => {
    const repositories = Array.from({ length: 450 }, (_, index) => repositoryRecord(`product/repo${index}`))
    const { client, pages, received } = await pyxisWith(repositories)
    const { repositories: found } = await client.findRepositories({
      published: true,
      releaseCategories: ['Generally Available', 'Beta'],
    })
    expect(found).toHaveLength(450)
    expect(found[0]).toEqual({
      registry: 'registry.example.com',
      repository: 'product/repo0',
      published: true,
      releaseCategories: ['Generally Available'],
      autoRebuildTags: ['latest'],
    })
    expect(pages().toSorted()).toEqual([
      [0, 200],
      [1, 200],
      [2, 200],
    ])
    expect(received[0]?.url).toBe('/graphql/')
    expect(received.map(queryOf)[0]?.filter).toEqual({
      and: [
        { vendor_label: { eq: 'redhat' } },
        { published: { eq: true } },
        { release_categories: { in: ['Generally Available', 'Beta'] } },
      ],
    })
  })

  test('of any kind are queried without those conditions', async () => {
    const { client, received } = await pyxisWith([])
    expect(await client.findRepositories({ published: null, releaseCategories: null, names: ['x'] })).toEqual(
      {
        repositories: [],
        unreadable: [],
      },
    )
    expect(received.map(queryOf)[0]?.filter).toEqual({
      and: [{ vendor_label: { eq: 'redhat' } }, { repository: { in: ['x'] } }],
    })
  })

  test('never enabled for rebuilds are distinguished from disabled ones', async () => {
    const { client } = await pyxisWith([
      repositoryRecord('never', { auto_rebuild_tags: null, published: null, release_categories: null }),
      repositoryRecord('off', { auto_rebuild_tags: [] }),
    ])
    const { repositories } = await client.findRepositories({ published: null, releaseCategories: null })
    const [never, off] = repositories
    expect(never).toMatchObject({ autoRebuildTags: null, published: false, releaseCategories: [] })
    expect(off).toMatchObject({ autoRebuildTags: [] })
  })

  test('that are exceptions are added once, by a separate query', async () => {
    const { client, received } = await pyxisWith(({ filter }) =>
      JSON.stringify(filter).includes('"or"')
        ? [repositoryRecord('hidden', { published: false }), repositoryRecord('both')]
        : [repositoryRecord('both')],
    )
    const exceptions = [{ registry: 'registry.example.com', repository: 'hidden' }]
    const { repositories: found } = await client.findRepositories({
      published: true,
      releaseCategories: null,
      exceptions,
    })
    expect(found.map(({ repository }) => repository)).toEqual(['both', 'hidden'])
    expect(received.map(queryOf).map(({ filter }) => filter)).toContainEqual({
      or: [{ and: [{ registry: { eq: 'registry.example.com' } }, { repository: { eq: 'hidden' } }] }],
    })
    await client.findRepositories({ published: null, releaseCategories: null, exceptions })
    expect(received).toHaveLength(3)
  })
})
