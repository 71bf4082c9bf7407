/** Pyxis: pages, sorting and the search for repositories. */
import { describe, expect, it } from 'vitest'
import { pyxisForTest } from '../../../../support/lab/pyxis.ts'

const NODEJS = 'nodejs-18-container-1-92'

describe('pages', () => {
  it('count from 0, include the total, and the last page may be shorter', async () => {
    const { query } = await pyxisForTest()
    const page = async (number: number) => {
      const filter = '{brew: {package: {in: ["nodejs-18-container", "redis-7-container"]}}}'
      const answer = await query(
        `{ find_images(page: ${number}, page_size: 4, filter: ${filter}) { page page_size total data { _id } } }`,
      )
      return answer.data?.find_images
    }
    const [first, second, third] = [await page(0), await page(1), await page(2)]
    expect([first?.data.length, second?.data.length, third?.data.length]).toEqual([4, 2, 0])
    expect(first).toMatchObject({ page: 0, page_size: 4, total: 6 })
    expect(new Set([...(first?.data ?? []), ...(second?.data ?? [])].map(({ _id }) => _id)).size).toBe(6)
  })

  it('are sorted by any path, in either order', async () => {
    const { images, world } = await pyxisForTest()
    const redated = (nvr: string, publishedAt: string) =>
      world.images.map((image) => (image.nvr === nvr ? { ...image, publishedAt } : image))
    world.images = redated('nodejs-18-container-1-80', '2026-10-01T00:00:00+00:00')
    const filter = { brew: { package: { eq: 'nodejs-18-container' } } }
    const newest = await images(filter, ', sort_by: [{field: "repositories.published_date", order: DESC}]')
    expect(newest[0]).toBe('nodejs-18-container-1-80/amd64')
    const oldest = await images(
      filter,
      ', sort_by: [{field: "repositories.published_date", order: ASC}, {field: "architecture", order: DESC}]',
    )
    expect(oldest[0]).toBe(`${NODEJS}/arm64`)
  })

  it('that are too large for a slow database fail as data in a 200; smaller ones are served', async () => {
    const { query, world } = await pyxisForTest()
    world.faults.push({ service: 'pyxis', kind: 'mongo-timeout', operation: 'find_images', aboveRows: 20 })
    const page = async (size: number) =>
      (await query(`{ find_images(page_size: ${size}) { error { status detail } data { _id } } }`)).data
        ?.find_images
    expect(await page(50)).toEqual({
      error: {
        status: 504,
        detail: expect.stringContaining('Pyxis API was unable to fetch data from MongoDB in time'),
      },
      data: null,
    })
    expect(await page(20)).toMatchObject({ error: null, data: { length: 20 } })
  })
})

describe('repositories', () => {
  it('are found by vendor, category, tags and name', async () => {
    const { query } = await pyxisForTest()
    const names = async (filter: string) => {
      const answer = await query(
        `{ find_repositories(page_size: 200, filter: ${filter}) { data { repository } } }`,
      )
      return answer.data?.find_repositories?.data.map(({ repository }) => repository)
    }
    expect(await names('{vendor_label: {ne: "redhat"}}')).toEqual(['partner/monitor'])
    expect(await names('{release_categories: {in: ["Deprecated", "Beta"]}}')).toEqual(['edge/agent'])
    expect(await names('{auto_rebuild_tags: {in: ["1"]}}')).toEqual(['rhel9/redis-7'])
    expect(await names('{auto_rebuild_tags_size: {eq: 0}}')).toEqual([
      'rhel9/s2i-core',
      'eap/eap8-base',
      'ubi9-stream',
      'security/vault-sidecar',
      'operators/frozen-bundle',
      'desktop/slideshow',
    ])
    expect(await names('{auto_rebuild_tags: {eq: null}}')).toEqual(['jobs/batch-runner'])
    expect(
      await names(
        '{or: [{and: [{registry: {eq: "registry.example.com"}}, {repository: {eq: "ubi8"}}]}, {repository: {eq: "ubi9"}}]}',
      ),
    ).toEqual(['ubi8', 'ubi9'])
  })

  it('are looked up by registry and path; an unknown one is an error as data', async () => {
    const { query } = await pyxisForTest()
    const look = async (repository: string) =>
      (
        await query(`{ get_repository_by_registry_path(registry: "registry.example.com", repository: "${repository}")
      { error { status detail } data { repository auto_rebuild_tags release_categories published } } }`)
      ).data?.get_repository_by_registry_path
    expect(await look('ubi8')).toEqual({
      error: null,
      data: {
        repository: 'ubi8',
        auto_rebuild_tags: ['latest', '8.10'],
        release_categories: ['Generally Available'],
        published: true,
      },
    })
    expect(await look('nowhere')).toEqual({ error: { status: 404, detail: expect.any(String) }, data: null })
  })
})
