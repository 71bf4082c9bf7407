/** The catalogue client against a server that pages, counts, fails inside a 200, and is too slow for large pages. */
import { describe, expect, test } from 'vitest'
import { createPyxisClient } from '../../../../src/clients/pyxis/client.ts'
import type { CatalogueRepository } from '../../../../src/domain/rebuild/images/image.ts'
import { clientOptions } from '../../../support/client-options.ts'
import { type Received, sendJson, serve } from '../../../support/http-server.ts'
import { imageRecord, repositoryRecord, rpmRecord } from '../../../support/pyxis-records.ts'

const SLOW = 'Pyxis API was unable to fetch data from MongoDB in time. Try limiting the query'

type Asked = { query: string; field: string; filter: unknown; page: number; page_size: number }

/** What a request asked for. */
function asked({ body }: Received): Asked {
  const { query, variables } = JSON.parse(body)
  return { query, field: /find_\w+/.exec(query)?.[0] ?? '', ...variables }
}

type Behaviour = {
  /** Questions about more repositories end in the catalogue's time-out. */
  slowAboveRepositories?: number
  /** Larger pages end in the catalogue's time-out. */
  slowAbove?: number
  /** That holds only for pages with a record after this one. */
  slowAfter?: number
  /** The first so many requests end in it whatever they ask for. */
  slowFirst?: number
}

/** Serves `records` page by page; counts them when the query asks for the total. */
async function pyxisWith(records: unknown[] | ((asked: Asked) => unknown[]), behaviour: Behaviour = {}) {
  const server = await serve((request, response, count) => {
    const { query, field, page, page_size } = asked(request)
    const answer = (value: object) =>
      sendJson(response, { data: { [field]: value } }, 200, { trace_id: `trace-${count}` })
    const reaches = (page + 1) * page_size > (behaviour.slowAfter ?? 0)
    const isBroad = namedIn(asked(request)) > (behaviour.slowAboveRepositories ?? 1000)
    if (
      isBroad ||
      (reaches && page_size > (behaviour.slowAbove ?? 1000)) ||
      count < (behaviour.slowFirst ?? 0)
    ) {
      return answer({ error: { status: 504, detail: SLOW }, data: null, page, page_size, total: null })
    }
    const served = typeof records === 'function' ? records(asked(request)) : records
    const data = served.slice(page * page_size, (page + 1) * page_size)
    answer({ error: null, data, page, page_size, ...(/ total /.test(query) && { total: served.length }) })
  })
  const client = createPyxisClient({
    ...clientOptions(`${server.url}/graphql/`),
    pageSize: 200,
    smallPageSize: 50,
  })
  return {
    client,
    pages: () => server.received.map(asked).map(({ page, page_size }) => [page, page_size]),
    received: server.received,
  }
}

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
const namedIn = ({ filter }: Asked) => JSON.stringify(filter).match(/repo\d+/g)?.length ?? 0

/** One image for each repository that is asked about. */
const imagesIn = ({ filter }: Pick<Asked, 'filter'>) =>
  (JSON.stringify(filter).match(/repo\d+/g) ?? []).map((repository) => imageRecord(`${repository}-1-1`))

const images = (count: number) =>
  Array.from({ length: count }, (_, index) => imageRecord(`app${index}-container-1-1`))

describe('repositories', () => {
  test('are asked for by vendor, publication and category, and read over all pages', async () => {
    const repositories = Array.from({ length: 450 }, (_, index) => repositoryRecord(`product/repo${index}`))
    const { client, pages, received } = await pyxisWith(repositories)
    const found = await client.findRepositories({
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
    expect(received.map(asked)[0]?.filter).toEqual({
      and: [
        { vendor_label: { eq: 'redhat' } },
        { published: { eq: true } },
        { release_categories: { in: ['Generally Available', 'Beta'] } },
      ],
    })
  })

  test('of any kind are asked for without those conditions', async () => {
    const { client, received } = await pyxisWith([])
    expect(await client.findRepositories({ published: null, releaseCategories: null, names: ['x'] })).toEqual(
      [],
    )
    expect(received.map(asked)[0]?.filter).toEqual({
      and: [{ vendor_label: { eq: 'redhat' } }, { repository: { in: ['x'] } }],
    })
  })

  test('never switched on are told from those switched off', async () => {
    const { client } = await pyxisWith([
      repositoryRecord('never', { auto_rebuild_tags: null, published: null, release_categories: null }),
      repositoryRecord('off', { auto_rebuild_tags: [] }),
    ])
    const [never, off] = await client.findRepositories({ published: null, releaseCategories: null })
    expect(never).toMatchObject({ autoRebuildTags: null, published: false, releaseCategories: [] })
    expect(off).toMatchObject({ autoRebuildTags: [] })
  })

  test('that are excepted are added once, with a query of their own', async () => {
    const { client, received } = await pyxisWith(({ filter }) =>
      JSON.stringify(filter).includes('"or"')
        ? [repositoryRecord('hidden', { published: false }), repositoryRecord('both')]
        : [repositoryRecord('both')],
    )
    const exceptions = [{ registry: 'registry.example.com', repository: 'hidden' }]
    const found = await client.findRepositories({ published: true, releaseCategories: null, exceptions })
    expect(found.map(({ repository }) => repository)).toEqual(['both', 'hidden'])
    expect(received.map(asked).map(({ filter }) => filter)).toContainEqual({
      or: [{ and: [{ registry: { eq: 'registry.example.com' } }, { repository: { eq: 'hidden' } }] }],
    })
    await client.findRepositories({ published: null, releaseCategories: null, exceptions })
    expect(received).toHaveLength(3)
  })
})

describe('images with RPMs', () => {
  test('are asked for by place, tag, content set and RPM name, without counting them', async () => {
    const { client, received } = await pyxisWith(images(3))
    await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })
    const [first] = received.map(asked)
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

  test('are asked for with a hundred repositories at first, then with more', async () => {
    const { client, received } = await pyxisWith([])
    await client.imagesWithRpms({ ...WISH, repositories: repositoriesNamed(245) })
    expect(received.map(asked).map(namedIn)).toEqual([100, 125, 20])
  })

  test('of a repository that is excepted need not be published', async () => {
    const { client, received } = await pyxisWith([])
    const exceptions = [
      { registry: 'r', repository: 'repo2' },
      { registry: 'elsewhere', repository: 'repo1' },
    ]
    await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES, exceptions })
    const places = received.map(asked).map(({ filter }) => (filter as { and: object[] }).and[0])
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

  test('keep only the RPMs asked for, each architecture its own', async () => {
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
      },
      {
        name: 'openssl',
        nvr: 'openssl-1.2.3-2.el8',
        arch: 'aarch64',
        srpmName: 'openssl',
        srpmNvr: 'openssl-1.2.3-2.el8',
      },
    ])
  })

  test('that no build of ours made are told apart and counted', async () => {
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
  test('of builds are asked for two hundred at a time, with all pages of each', async () => {
    const nvrs = Array.from({ length: 250 }, (_, index) => `app${index}-container-1-1`)
    const { client, pages } = await pyxisWith(({ filter }) => {
      const wanted = (filter as { brew: { build: { in: string[] } } }).brew.build.in
      return wanted.flatMap((nvr) => [imageRecord(nvr), imageRecord(nvr, 'arm64')])
    })
    const found = await client.imagesByNvrs([...nvrs, ...nvrs], { rpmNames: ['openssl'] })
    expect(found).toHaveLength(250)
    expect(found.every(({ arches }) => arches.join() === 'aarch64,x86_64')).toBe(true)
    expect(pages().every(([, size]) => size === 50)).toBe(true)
    expect(pages()).toHaveLength(400 / 50 + 100 / 50)
  })

  test('of builds the catalogue does not know are missing', async () => {
    const { client } = await pyxisWith([])
    expect(await client.imagesByNvrs(['app-container-1-1'])).toEqual([])
    expect(await client.imagesByNvrs([])).toEqual([])
  })

  test('of packages are the published ones, without RPM lists', async () => {
    const { client, received } = await pyxisWith([imageRecord('app-container-1-1', 'amd64', { edges: null })])
    expect((await client.imagesByNames(['app-container']))[0]?.rpms).toBeNull()
    const [first] = received.map(asked)
    expect(first?.filter).toEqual({
      and: [
        { brew: { package: { in: ['app-container'] } } },
        { repositories_elemMatch: { and: [{ published: { eq: true } }] } },
      ],
    })
    expect(first?.query).not.toContain('rpm_manifest')
  })

  test('and version are all published releases, and nothing that merely looks like one', async () => {
    const { client, received } = await pyxisWith(images(250))
    const wanted = [
      { name: 'c++-container', version: '1.0' },
      { name: 'ubi8', version: '8.9' },
      { name: 'ubi8', version: '8.9' },
    ]
    expect(await client.publishedReleases(wanted)).toHaveLength(250)
    const [{ filter, query }] = received.map(asked) as [Asked]
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

  test('none', async () => {
    const { client, received } = await pyxisWith([])
    expect(await client.publishedReleases([])).toEqual([])
    expect(received).toEqual([])
  })
})

describe('a catalogue that cannot keep up', () => {
  test('is asked for smaller and smaller pages, and no record is lost or doubled', async () => {
    const { client, pages } = await pyxisWith(images(63), { slowAbove: 12 })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })
    expect(found).toHaveLength(63)
    expect(pages().map(([, size]) => size)).toEqual([50, 25, ...Array.from({ length: 13 }, () => 5)])
  })

  test('may slow down in the middle, and no record is lost or doubled', async () => {
    const { client } = await pyxisWith(images(190), { slowAbove: 30, slowAfter: 80 })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: REPOSITORIES })
    expect(found).toHaveLength(190)
    const counted = await pyxisWith(images(190), { slowAbove: 30, slowAfter: 80 })
    expect(await counted.client.imagesByNvrs(['x-1-1'], {})).toHaveLength(190)
  })

  test('is asked for smaller pages where the total is known too', async () => {
    const { client } = await pyxisWith(images(430), { slowAbove: 30 })
    expect(await client.imagesByNvrs(['x-1-1'], {})).toHaveLength(430)
  })

  test('is asked again for the smallest page before giving up', async () => {
    const { client, pages } = await pyxisWith(images(3), { slowFirst: 4 })
    const repositories = repositoriesNamed(1)
    expect((await client.imagesWithRpms({ ...WISH, repositories })).images).toHaveLength(3)
    expect(pages().map(([, size]) => size)).toEqual([50, 25, 5, 5, 5])
  })

  test('is given up after the last attempt, with its trace id', async () => {
    const { client, received } = await pyxisWith([], { slowAbove: 0 })
    const failure = client.imagesWithRpms({ ...WISH, repositories: repositoriesNamed(1) })
    await expect(failure).rejects.toMatchObject({ failure: 'timeout', service: 'pyxis' })
    await expect(failure).rejects.toThrow(`find_images: ${SLOW} (trace_id trace-${received.length - 1})`)
    expect(received).toHaveLength(2 + 3)
  })

  test('is asked about fewer and fewer repositories, and about more again when it keeps up', async () => {
    const repositories = repositoriesNamed(600)
    const { client, received } = await pyxisWith(imagesIn, { slowAboveRepositories: 20 })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories })
    expect(found).toHaveLength(600)
    const sizes = received.map(asked).map(namedIn)
    // The first too large chunk is tried in smaller pages, the others are not.
    expect(sizes.slice(0, 6)).toEqual([100, 100, 100, 50, 25, 13])
    const inTime = sizes.filter((size) => size <= 20)
    expect(Math.max(...inTime)).toBeGreaterThan(18)
    expect(sizes.length - inTime.length).toBeLessThan(25)
    expect(inTime.length).toBeLessThan(45)
  })

  test('is asked about fewer repositories when it does not answer at all', async () => {
    const server = await serve((request, response) => {
      if (namedIn(asked(request)) > 30) return // never answers
      sendJson(response, { data: { find_images: { data: imagesIn(asked(request)), error: null } } })
    })
    const options = { ...clientOptions(server.url), timeoutMs: 200 }
    const client = createPyxisClient({ ...options, pageSize: 200, smallPageSize: 50 })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: repositoriesNamed(100) })
    expect(found).toHaveLength(100)
    expect(server.received.map(asked).map(namedIn).slice(0, 3)).toEqual([100, 50, 25])
  })

  test('that is only unreachable for a moment is asked the same again', async () => {
    const server = await serve((request, response, count) => {
      if (count === 0) return sendJson(response, {}, 503)
      sendJson(response, { data: { find_images: { data: imagesIn(asked(request)), error: null } } })
    })
    const client = createPyxisClient({ ...clientOptions(server.url), pageSize: 200, smallPageSize: 50 })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: repositoriesNamed(40) })
    expect(found).toHaveLength(40)
    expect(server.received.map(asked).map(namedIn)).toEqual([40, 40])
  })
})

describe('failures inside a 200', () => {
  test.each([
    [
      'an error beside the data',
      { data: { find_images: { data: null, error: { status: 500, detail: 'boom' } } } },
      'boom',
    ],
    ['an error without words', { data: { find_images: { error: {} } } }, 'no detail'],
    [
      'an error of GraphQL itself',
      { errors: [{ message: 'Unknown field rpm_manifest' }], data: null },
      'Unknown field rpm_manifest',
    ],
    ['nothing at all', { data: { find_images: null } }, 'no data'],
  ])('%s is a failure with the trace id and is not repeated', async (_name, body, text) => {
    const server = await serve((_request, response) => sendJson(response, body, 200, { trace_id: 'abc' }))
    const client = createPyxisClient({ ...clientOptions(server.url), pageSize: 200, smallPageSize: 50 })
    const failure = client.imagesByNvrs(['a-1-1'])
    await expect(failure).rejects.toThrow(`pyxis: find_images: ${text} (trace_id abc)`)
    expect(server.received).toHaveLength(1)
  })

  test('a manifest that could not be fetched is a failure, one that does not exist is not', async () => {
    const broken = (status: number) => ({
      edges: { rpm_manifest: { data: null, error: { status, detail: 'gone wrong' } } },
    })
    const missing = await pyxisWith([imageRecord('a-1-1', 'amd64', broken(404))])
    expect((await missing.client.imagesByNvrs(['a-1-1']))[0]?.rpms).toBeNull()
    const failing = await pyxisWith([imageRecord('a-1-1', 'amd64', broken(500))])
    await expect(failing.client.imagesByNvrs(['a-1-1'])).rejects.toThrow(
      'cannot fetch the RPMs of a-1-1: gone wrong',
    )
  })
})
