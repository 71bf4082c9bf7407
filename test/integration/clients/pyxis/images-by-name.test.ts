/** Images of the catalogue by the names of their builds or packages, and failures that come in a 200. */
import { describe, expect, test, vi } from 'vitest'
import type { ReportUnreadable } from '../../../../src/lib/records.ts'
import {
  images,
  NONE,
  nvrsOf,
  pyxisClient,
  pyxisWith,
  type Query,
  queryOf,
} from '../../../support/lab/paged-pyxis.ts'
import { imageRecord } from '../../../support/lab/pyxis-records.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'

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
    const client = pyxisClient(server.url)
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
