/** The catalogue client against a server that pages, counts, reports failures in a 200, and is slow with large pages. */
import { describe, expect, test, vi } from 'vitest'
import { createPyxisClient, type PyxisClient } from '../../../../src/clients/pyxis/client.ts'
import type { CatalogueRepository } from '../../../../src/domain/rebuild/images/image.ts'
import type { ClientOptions } from '../../../../src/lib/http/client.ts'
import type { ReportUnreadable } from '../../../../src/lib/records.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { imageRecord, repositoryRecord, rpmRecord } from '../../../support/lab/pyxis-records.ts'
import { type Received, sendJson, serve } from '../../../support/servers/http-server.ts'

const SLOW = 'Pyxis API was unable to fetch data from MongoDB in time. Try limiting the query'

type Query = { query: string; field: string; filter: unknown; page: number; page_size: number }

/** The query in a request. */
function queryOf({ body }: Received): Query {
  const { query, variables } = JSON.parse(body)
  return { query, field: /find_\w+/.exec(query)?.[0] ?? '', ...variables }
}

type Behaviour = {
  /** Queries of more repositories fail with the catalogue's time-out. */
  slowAboveRepositories?: number
  /** Larger pages fail with the catalogue's time-out. */
  slowAbove?: number
  /** `slowAbove` applies only to pages with a record after this one. */
  slowAfter?: number
  /** This many requests at the beginning time out, whatever they query. */
  slowFirst?: number
  /** Pages are never larger, whatever is requested; answers have the size that was used. */
  largestPage?: number
}

/** Serves `records` page by page; counts them when the query requests the total. */
async function pyxisWith(
  records: unknown[] | ((query: Query) => unknown[]),
  behaviour: Behaviour = {},
  options: Partial<ClientOptions> = {},
) {
  const server = await serve((request, response, count) => {
    const { query, field, page, ...requested } = queryOf(request)
    const page_size = Math.min(requested.page_size, behaviour.largestPage ?? 1000)
    const answer = (value: object) =>
      sendJson(response, { data: { [field]: value } }, 200, { trace_id: `trace-${count}` })
    const reaches = (page + 1) * page_size > (behaviour.slowAfter ?? 0)
    const isBroad = namedIn(queryOf(request)) > (behaviour.slowAboveRepositories ?? 1000)
    if (
      isBroad ||
      (reaches && page_size > (behaviour.slowAbove ?? 1000)) ||
      count < (behaviour.slowFirst ?? 0)
    ) {
      return answer({ error: { status: 504, detail: SLOW }, data: null, page, page_size, total: null })
    }
    const served = typeof records === 'function' ? records(queryOf(request)) : records
    const data = served.slice(page * page_size, (page + 1) * page_size)
    answer({ error: null, data, page, page_size, ...(/ total /.test(query) && { total: served.length }) })
  })
  const client = createPyxisClient({
    ...clientOptions(`${server.url}/graphql/`, options),
    pageSize: 200,
    smallPageSize: 50,
  })
  return {
    client,
    pages: () => server.received.map(queryOf).map(({ page, page_size }) => [page, page_size]),
    received: server.received,
  }
}

/** What a query answers when nothing matches. */
const NONE = { images: [], withoutBuild: [] }
const WISH = { contentSets: ['a', 'b'], rpmNames: ['openssl'], published: true } as const
const REPOSITORIES = [
  {
    registry: 'r',
    repository: 'repo1',
    published: true,
    releaseCategories: [],
    autoRebuildTags: ['latest', '8'],
  },
  { registry: 'r', repository: 'repo2', published: true, releaseCategories: [], autoRebuildTags: ['latest'] },
]

const repositoriesNamed = (count: number): CatalogueRepository[] =>
  Array.from({ length: count }, (_, index) => ({
    registry: 'r',
    repository: `repo${index}`,
    published: true,
    releaseCategories: [],
    autoRebuildTags: ['latest'],
  }))
const namedIn = ({ filter }: Query) => JSON.stringify(filter).match(/repo\d+/g)?.length ?? 0

/** One image for each repository in the query. */
const imagesIn = ({ filter }: Pick<Query, 'filter'>) =>
  (JSON.stringify(filter).match(/repo\d+/g) ?? []).map((repository) => imageRecord(`${repository}-1-1`))

const nvrsOf = (count: number) => Array.from({ length: count }, (_, index) => `app${index}-container-1-1`)
const images = (count: number) => nvrsOf(count).map((nvr) => imageRecord(nvr))

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
    const client = createPyxisClient({ ...clientOptions(server.url), pageSize: 200, smallPageSize: 50 })
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
    const client = createPyxisClient({ ...clientOptions(server.url), pageSize: 200, smallPageSize: 50 })
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
    const client = createPyxisClient({ ...clientOptions(url), pageSize: 200, smallPageSize: 50 })
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
    const client = createPyxisClient({ ...clientOptions(url), pageSize: 200, smallPageSize: 50 })
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

describe('images with RPMs', () => {
  test('are queried by repository, tag, content set and RPM name, without counting them', async () => {
    const { client, received } = await pyxisWith(images(3))
    await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })
    const [first] = received.map(queryOf)
    expect(first?.filter).toEqual({
      and: [
        {
          repositories_elemMatch: {
            and: [
              { published: { eq: true } },
              { repository: { in: ['repo1', 'repo2'] } },
              { tags_elemMatch: { and: [{ name: { in: ['latest', '8'] } }] } },
            ],
          },
        },
        { content_sets: { in: ['a', 'b'] } },
        { rpm_manifest: { rpms: { name: { in: ['openssl'] } } } },
      ],
    })
    expect(first?.query).not.toMatch(/ total /)
    expect(first?.query).toContain('rpm_manifest')
  })

  test('are read until a short page', async () => {
    const { client, pages } = await pyxisWith(images(120))
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })
    expect(found).toHaveLength(120)
    expect(pages()).toEqual([
      [0, 50],
      [1, 50],
      [2, 50],
    ])
  })

  test.each([30, 7])(
    'are read to their end from a catalogue whose pages have at most %i',
    async (largestPage) => {
      const { client, pages } = await pyxisWith(images(120), { largestPage })
      const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })
      expect(found).toHaveLength(120)
      expect(pages().slice(0, 2)).toEqual([
        [0, 50],
        [1, largestPage],
      ])
      expect((await client.imagesByNvrs(found.map(({ nvr }) => nvr))).images).toHaveLength(120)
    },
  )

  test('of a catalogue that sends the same full page forever are trouble of it', async () => {
    const { url, received } = await serve((_request, response) => {
      const data = images(50).map((image, index) => ({ ...image, _id: `id-${index}` }))
      sendJson(response, { data: { find_images: { error: null, data } } })
    })
    const client = createPyxisClient({ ...clientOptions(url), pageSize: 200, smallPageSize: 50 })
    await expect(client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })).rejects.toMatchObject({
      blame: 'service',
      message: 'pyxis: find_images: the list is not whole: 100 of 150 records come on two pages',
    })
    expect(received).toHaveLength(9)
  })

  test('that come twice on one page are taken as they are', async () => {
    const [image] = images(1)
    const data = [image, image].map((record) => ({ ...record, _id: 'id-1' }))
    const { url } = await serve((_request, response) =>
      sendJson(response, { data: { find_images: { error: null, data } } }),
    )
    const client = createPyxisClient({ ...clientOptions(url), pageSize: 200, smallPageSize: 50 })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })
    expect(found.length).toBeGreaterThan(0)
  })

  test('are queried in a hundred repositories at first, then in more', async () => {
    const { client, received } = await pyxisWith([])
    await client.imagesWithRpms({ ...WISH, repositories: repositoriesNamed(245) })
    expect(received.map(queryOf).map(namedIn)).toEqual([100, 125, 20])
  })

  test('in a repository that is an exception need not be published', async () => {
    const { client, received } = await pyxisWith([])
    const exceptions = [
      { registry: 'r', repository: 'repo2' },
      { registry: 'elsewhere', repository: 'repo1' },
    ]
    await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES, exceptions })
    const places = received.map(queryOf).map(({ filter }) => (filter as { and: object[] }).and[0])
    expect(places).toEqual([
      {
        repositories_elemMatch: {
          and: [
            { published: { eq: true } },
            { repository: { in: ['repo1'] } },
            { tags_elemMatch: { and: [{ name: { in: ['latest', '8'] } }] } },
          ],
        },
      },
      {
        repositories_elemMatch: {
          and: [
            { repository: { in: ['repo2'] } },
            { tags_elemMatch: { and: [{ name: { in: ['latest'] } }] } },
          ],
        },
      },
    ])
  })

  test('found in several of these queries count once', async () => {
    const { client } = await pyxisWith(images(2))
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: repositoriesNamed(245) })
    expect(found.map(({ nvr, arches }) => [nvr, arches])).toEqual([
      ['app0-container-1-1', ['x86_64']],
      ['app1-container-1-1', ['x86_64']],
    ])
  })

  test('keep only the requested RPMs, for each architecture', async () => {
    const manifest = (arch: string) => ({
      rpm_manifest: {
        data: {
          rpms: [
            rpmRecord('openssl', '1.2.3-2.el8', arch),
            rpmRecord('bash', '5-1.el8', arch),
            { name: 'gpg-pubkey', nvra: 'gpg-pubkey-fd431d51-4ae0493b', srpm_name: null, srpm_nevra: null },
          ],
        },
      },
    })
    const { client } = await pyxisWith([
      imageRecord('app-container-1-1', 'arm64', { edges: manifest('aarch64') }),
      imageRecord('app-container-1-1', 'amd64', { edges: manifest('x86_64') }),
    ])
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })
    expect(found).toHaveLength(1)
    expect(found[0]?.rpms).toEqual([
      {
        name: 'openssl',
        nvr: 'openssl-1.2.3-2.el8',
        arch: 'x86_64',
        srpmName: 'openssl',
        srpmNvr: 'openssl-1.2.3-2.el8',
        epoch: 0,
      },
      {
        name: 'openssl',
        nvr: 'openssl-1.2.3-2.el8',
        arch: 'aarch64',
        srpmName: 'openssl',
        srpmNvr: 'openssl-1.2.3-2.el8',
        epoch: 0,
      },
    ])
  })

  test.each([
    ...['openssl', 'x', '', null, 'openssl-1.2.3.x86_64', 'openssl-libs-1.2.3-2.el8.x86_64'].map((nvra) => ({
      name: 'openssl',
      nvra,
    })),
    { nvra: 'openssl-1.2.3-2.el8.x86_64' },
    null,
  ])('count an RPM that may be a requested one and cannot be read: %j', async (odd) => {
    const rpms = [{ name: 'gpg-pubkey', nvra: null }, rpmRecord('bash', '5-1.el8', 'x86_64'), odd]
    const records = [
      imageRecord('app-container-1-1', 'amd64', { edges: { rpm_manifest: { data: { rpms } } } }),
    ]
    const onUnreadable = vi.fn<ReportUnreadable>()
    const { client } = await pyxisWith(records, {}, { onUnreadable })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })
    expect(found).toMatchObject([{ nvr: 'app-container-1-1', rpms: [], unreadableRpms: 1 }])
    const path = expect.stringMatching(/^0\.2(\.n|$)/)
    expect(onUnreadable.mock.lastCall?.[0].unreadable).toMatchObject([{ path }])
  })

  test('do not count one that certainly is none of the requested', async () => {
    const rpms = [rpmRecord('openssl', '1.2.3-2.el8', 'x86_64'), { name: 'bash', nvra: 'bash' }]
    const records = [
      imageRecord('app-container-1-1', 'amd64', { edges: { rpm_manifest: { data: { rpms } } } }),
    ]
    const { client } = await pyxisWith(records)
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })
    expect(found.map((image) => image.unreadableRpms)).toEqual([undefined])
    const all = await client.imagesByNvrs(['app-container-1-1'])
    expect(all.images.map((image) => image.unreadableRpms)).toEqual([1])
  })

  test('not built in Koji are reported separately', async () => {
    const { client } = await pyxisWith([
      imageRecord('app-container-1-1'),
      imageRecord(null),
      imageRecord(null, 'arm64'),
    ])
    const { images: found, withoutBuild } = await client.imagesWithRpms({
      ...WISH,
      repositories: REPOSITORIES,
    })
    expect(found.map(({ nvr }) => nvr)).toEqual(['app-container-1-1'])
    expect(withoutBuild.map(({ nvr, rule }) => [nvr, rule])).toEqual([
      ['registry.example.com/product/repo1:latest (x86_64)', 'no-koji-build'],
      ['registry.example.com/product/repo1:latest (aarch64)', 'no-koji-build'],
    ])
  })
})

describe('images by name', () => {
  test('of builds are queried two hundred at a time, with all pages of each query', async () => {
    const nvrs = Array.from({ length: 250 }, (_, index) => `app${index}-container-1-1`)
    const { client, pages } = await pyxisWith(({ filter }) => {
      const wanted = (filter as { brew: { build: { in: string[] } } }).brew.build.in
      return wanted.flatMap((nvr) => [imageRecord(nvr), imageRecord(nvr, 'arm64')])
    })
    const { images: found } = await client.imagesByNvrs([...nvrs, ...nvrs], { rpmNames: ['openssl'] })
    expect(found).toHaveLength(250)
    expect(found.every(({ arches }) => arches.join() === 'aarch64,x86_64')).toBe(true)
    expect(pages().every(([, size]) => size === 50)).toBe(true)
    expect(pages()).toHaveLength(400 / 50 + 100 / 50)
  })

  test('of builds that were not requested are left out and reported', async () => {
    const onUnreadable = vi.fn<ReportUnreadable>()
    const { client } = await pyxisWith(images(3), {}, { onUnreadable })
    const [, second = ''] = nvrsOf(3)
    expect((await client.imagesByNvrs([second])).images.map(({ nvr }) => nvr)).toEqual([second])
    expect((await client.recordsOfBuild(second)).map(({ nvr }) => nvr)).toEqual([second])
    expect(onUnreadable.mock.lastCall?.[0].unreadable.map(({ message }) => message)).toEqual([
      'app0-container-1-1 was not requested',
      'app2-container-1-1 was not requested',
    ])
  })

  test('of builds unknown to the catalogue are missing', async () => {
    const { client } = await pyxisWith([])
    expect(await client.imagesByNvrs(['app-container-1-1'])).toEqual(NONE)
    expect(await client.imagesByNvrs([])).toEqual(NONE)
  })

  test('of packages are the published ones, without RPM lists', async () => {
    const { client, received } = await pyxisWith([imageRecord('app-container-1-1', 'amd64', { edges: null })])
    expect((await client.imagesByNames(['app-container'])).images[0]?.rpms).toBeNull()
    const [first] = received.map(queryOf)
    expect(first?.filter).toEqual({
      and: [
        { brew: { package: { in: ['app-container'] } } },
        { repositories_elemMatch: { and: [{ published: { eq: true } }] } },
      ],
    })
    expect(first?.query).not.toContain('rpm_manifest')
  })

  test('and version are all published releases, but none with a similar name', async () => {
    const { client, received } = await pyxisWith(images(250))
    const wanted = [
      { name: 'c++-container', version: '1.0' },
      { name: 'ubi8', version: '8.9' },
      { name: 'ubi8', version: '8.9' },
    ]
    expect((await client.publishedReleases(wanted)).images).toHaveLength(250)
    const [{ filter, query }] = received.map(queryOf) as [Query]
    expect(query).not.toMatch(/ total |rpm_manifest/)
    const [packages, { brew }, places] = (
      filter as { and: [unknown, { brew: { build: { regex: string } } }, unknown] }
    ).and
    expect(packages).toEqual({ brew: { package: { in: ['c++-container', 'ubi8'] } } })
    expect(places).toEqual({ repositories_elemMatch: { and: [{ published: { eq: true } }] } })
    const regex = new RegExp(brew.build.regex)
    expect(['c++-container-1.0-5.123', 'ubi8-8.9-1'].filter((nvr) => regex.test(nvr))).toHaveLength(2)
    const lookalikes = [
      'c++-container-1.0-5-6',
      'c++-container-1x0-5',
      'my-c++-container-1.0-5',
      'ubi8-8.9.1-1',
    ]
    expect(lookalikes.filter((nvr) => regex.test(nvr))).toEqual([])
  })

  test('are not queried for an empty list', async () => {
    const { client, received } = await pyxisWith([])
    expect(await client.publishedReleases([])).toEqual(NONE)
    expect(received).toEqual([])
  })
})

describe('a catalogue that is too slow', () => {
  test('gets queries for smaller and smaller pages, and no record is lost or duplicated', async () => {
    const { client, pages } = await pyxisWith(images(63), { slowAbove: 12 })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })
    expect(found).toHaveLength(63)
    expect(pages().map(([, size]) => size)).toEqual([50, 25, ...Array.from({ length: 13 }, () => 5)])
  })

  test('may slow down in the middle, and no record is lost or duplicated', async () => {
    const { client } = await pyxisWith(images(190), { slowAbove: 30, slowAfter: 80 })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })
    expect(found).toHaveLength(190)
    const counted = await pyxisWith(images(190), { slowAbove: 30, slowAfter: 80 })
    expect((await counted.client.imagesByNvrs(nvrsOf(190))).images).toHaveLength(190)
  })

  test('also gets queries for smaller pages if the total is known', async () => {
    const { client } = await pyxisWith(images(190), { slowAbove: 30 })
    expect((await client.imagesByNvrs(nvrsOf(190))).images).toHaveLength(190)
  })

  test('is queried again for the smallest page before giving up', async () => {
    const { client, pages } = await pyxisWith(images(3), { slowFirst: 4 })
    const repositories = repositoriesNamed(1)
    expect((await client.imagesWithRpms({ ...WISH, repositories })).images).toHaveLength(3)
    expect(pages().map(([, size]) => size)).toEqual([50, 25, 5, 5, 5])
  })

  test('is an error with its trace id after the last attempt', async () => {
    const { client, received } = await pyxisWith([], { slowAbove: 0 })
    const failure = client.imagesWithRpms({ ...WISH, repositories: repositoriesNamed(1) })
    await expect(failure).rejects.toMatchObject({ failure: 'timeout', service: 'pyxis' })
    await expect(failure).rejects.toThrow(`find_images: ${SLOW} (trace_id trace-${received.length - 1})`)
    expect(received).toHaveLength(2 + 3)
  })

  test('gets queries with fewer and fewer repositories, and with more again when it is fast enough', async () => {
    const repositories = repositoriesNamed(600)
    const { client, received } = await pyxisWith(imagesIn, { slowAboveRepositories: 20 })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories })
    expect(found).toHaveLength(600)
    const sizes = received.map(queryOf).map(namedIn)
    // Only the first chunk that is too large is retried in smaller pages.
    expect(sizes.slice(0, 6)).toEqual([100, 100, 100, 50, 25, 13])
    const inTime = sizes.filter((size) => size <= 20)
    expect(Math.max(...inTime)).toBeGreaterThan(18)
    expect(sizes.length - inTime.length).toBeLessThan(25)
    expect(inTime.length).toBeLessThan(45)
  })

  test('gets queries with fewer repositories when it does not answer at all', async () => {
    const server = await serve((request, response) => {
      if (namedIn(queryOf(request)) > 30) return // never answers
      sendJson(response, { data: { find_images: { data: imagesIn(queryOf(request)), error: null } } })
    })
    const options = { ...clientOptions(server.url), timeoutMs: 2000 }
    const client = createPyxisClient({ ...options, pageSize: 200, smallPageSize: 50 })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: repositoriesNamed(100) })
    expect(found).toHaveLength(100)
    expect(server.received.map(queryOf).map(namedIn).slice(0, 3)).toEqual([100, 50, 25])
  })

  test('that is briefly unreachable gets the same query again', async () => {
    const server = await serve((request, response, count) => {
      if (count === 0) return sendJson(response, {}, 503)
      sendJson(response, { data: { find_images: { data: imagesIn(queryOf(request)), error: null } } })
    })
    const client = createPyxisClient({ ...clientOptions(server.url), pageSize: 200, smallPageSize: 50 })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: repositoriesNamed(40) })
    expect(found).toHaveLength(40)
    expect(server.received.map(queryOf).map(namedIn)).toEqual([40, 40])
  })
})

describe('records that are so long that a page of them is larger than is read', () => {
  const labelled = images(63).map((record) => ({
    ...record,
    parsed_data: { labels: [{ name: 'x', value: 'y'.repeat(1000) }] },
  }))

  test.each([
    ['listed', (client: PyxisClient) => client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })],
    ['counted', (client: PyxisClient) => client.imagesByNvrs(nvrsOf(63))],
  ])('come in smaller pages (%s)', async (_name, read) => {
    const { client, pages } = await pyxisWith(labelled, {}, { maxBodyBytes: 30_000 })
    expect((await read(client)).images).toHaveLength(63)
    expect(
      pages()
        .map(([, size]) => size)
        .slice(0, 3),
    ).toEqual([50, 25, 5])
  })

  test('are an error if the smallest page is still too large', async () => {
    const { client, received } = await pyxisWith(labelled, {}, { maxBodyBytes: 2000 })
    const failure = client.imagesByNvrs(['x-1-1'], {})
    await expect(failure).rejects.toThrow('pyxis: find_images: the answer is larger than allowed')
    expect(received).toHaveLength(3)
  })
})

describe('failures in a 200', () => {
  test.each([
    [
      'an error next to the data',
      { data: { find_images: { data: null, error: { status: 500, detail: 'boom' } } } },
      'boom',
    ],
    ['an error without details', { data: { find_images: { error: {} } } }, 'no detail'],
    [
      'an error of GraphQL itself',
      { errors: [{ message: 'Unknown field rpm_manifest' }], data: null },
      'Unknown field rpm_manifest',
    ],
    ['nothing at all', { data: { find_images: null } }, 'no data'],
  ])('%s is reported with the trace id and without a retry', async (_name, body, text) => {
    const server = await serve((_request, response) => sendJson(response, body, 200, { trace_id: 'abc' }))
    const client = createPyxisClient({ ...clientOptions(server.url), pageSize: 200, smallPageSize: 50 })
    const failure = client.imagesByNvrs(['a-1-1'])
    await expect(failure).rejects.toThrow(`pyxis: find_images: ${text} (trace_id abc)`)
    expect(server.received).toHaveLength(1)
  })

  test('a manifest that cannot be fetched is a failure, a missing one is not', async () => {
    const broken = (status: number) => ({
      edges: { rpm_manifest: { data: null, error: { status, detail: 'gone wrong' } } },
    })
    const missing = await pyxisWith([imageRecord('a-1-1', 'amd64', broken(404))])
    expect((await missing.client.imagesByNvrs(['a-1-1'])).images[0]?.rpms).toBeNull()
    const failing = await pyxisWith([imageRecord('a-1-1', 'amd64', broken(500))])
    await expect(failing.client.imagesByNvrs(['a-1-1'])).rejects.toThrow(
      'cannot fetch the RPMs of a-1-1: gone wrong',
    )
  })
})
