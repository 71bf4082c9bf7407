/** Images of the catalogue that have certain RPMs: what is queried, how it is paged, and which records count. */
import { describe, expect, test, vi } from 'vitest'
import type { ReportUnreadable } from '../../../../src/lib/records.ts'
import {
  images,
  namedIn,
  pyxisClient,
  pyxisWith,
  queryOf,
  REPOSITORIES,
  repositoriesNamed,
  WISH,
} from '../../../support/lab/paged-pyxis.ts'
import { imageRecord, rpmRecord } from '../../../support/lab/pyxis-records.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'

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
    const client = pyxisClient(url)
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
    const client = pyxisClient(url)
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
