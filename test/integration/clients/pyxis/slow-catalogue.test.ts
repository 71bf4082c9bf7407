/** A catalogue that is slow with large queries or pages gets smaller ones, and no record is lost or duplicated. */
import { describe, expect, test } from 'vitest'
import type { PyxisClient } from '../../../../src/clients/pyxis/client.ts'
import {
  images,
  imagesIn,
  namedIn,
  nvrsOf,
  pyxisClient,
  pyxisWith,
  queryOf,
  REPOSITORIES,
  repositoriesNamed,
  SLOW,
  WISH,
} from '../../../support/lab/paged-pyxis.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'
import { stopClock } from '../../../support/stopped-clock.ts'

const TIMEOUT_MS = 60_000

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
    const { pass } = stopClock()
    const server = await serve((request, response) => {
      if (namedIn(queryOf(request)) > 30) return void pass(TIMEOUT_MS) // never answers
      sendJson(response, { data: { find_images: { data: imagesIn(queryOf(request)), error: null } } })
    })
    const client = pyxisClient(server.url, { timeoutMs: TIMEOUT_MS })
    const { images: found } = await client.imagesWithRpms({ ...WISH, repositories: repositoriesNamed(100) })
    expect(found).toHaveLength(100)
    expect(server.received.map(queryOf).map(namedIn).slice(0, 3)).toEqual([100, 50, 25])
  })

  test('that is briefly unreachable gets the same query again', async () => {
    const server = await serve((request, response, count) => {
      if (count === 0) return sendJson(response, {}, 503)
      sendJson(response, { data: { find_images: { data: imagesIn(queryOf(request)), error: null } } })
    })
    const client = pyxisClient(server.url)
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
