/** The REST part of Pyxis: records, filters, pages, and what it refuses. */
import { describe, expect, it } from 'vitest'
import { digestOf } from '../../../../../lab/services/koji/answers.ts'
import { labForTest } from '../../../../support/lab/lab.ts'

type Page = { data: Record<string, unknown>[]; page: number; page_size: number; total: number }

async function pyxis() {
  const { urls, world } = await labForTest()
  const get = (path: string, query: Record<string, string> = {}) =>
    fetch(`${urls.PYXIS_URL}/v1/${path}?${new URLSearchParams(query)}`)
  const page = async (path: string, query: Record<string, string> = {}) =>
    (await (await get(path, query)).json()) as Page
  return { world, get, page }
}

const HTTPD = 'httpd-24-container-1-283'

describe('images', () => {
  it('have one record for each architecture, with a digest of their own and one in common', async () => {
    const { page } = await pyxis()
    const { data, total } = await page(`images/nvr/${HTTPD}`, {
      include: 'data.architecture,data.repositories',
    })
    expect(total).toBe(2)
    expect(data.map((record) => Object.keys(record))).toEqual([
      ['architecture', 'repositories'],
      ['architecture', 'repositories'],
    ])
    expect(data[1]).toMatchObject({
      architecture: 'arm64',
      repositories: [
        {
          manifest_list_digest: digestOf(HTTPD),
          manifest_schema2_digest: digestOf(`${HTTPD}.aarch64.manifest`),
          published: true,
        },
      ],
    })
  })

  it('are found by either digest, and without those of Konflux', async () => {
    const { page, world } = await pyxis()
    const found = async (digest: string) => {
      const either = `(repositories.manifest_list_digest==${digest} or repositories.manifest_schema2_digest==${digest})`
      return (await page('images', { filter: `${either} and brew != null` })).total
    }
    expect(await found(digestOf(HTTPD))).toBe(2)
    expect(await found(digestOf(`${HTTPD}.x86_64.manifest`))).toBe(1)
    world.images = world.images.map((image) => (image.nvr === HTTPD ? { ...image, konflux: true } : image))
    expect(await found(digestOf(HTTPD))).toBe(0)
  })

  it('come in pages from 0, the last of which is short, the next empty', async () => {
    const { page } = await pyxis()
    const pages = await Promise.all(
      ['0', '1', '9'].map((number) => page('images', { page: number, page_size: '100' })),
    )
    const total = pages[0]?.total ?? 0
    expect(pages.map(({ data }) => data.length)).toEqual([100, Math.min(100, total - 100), 0])
  })
})

describe('bundles', () => {
  it('are found by a related digest in index images', async () => {
    const { page } = await pyxis()
    const indices = (await page('operators/indices', { filter: 'organization==example-operators' })).data
    const paths = indices.map(({ path }) => path).join(',')
    const related = `related_images.digest==${digestOf(HTTPD)} and latest_in_channel==true`
    const { data } = await page('operators/bundles', {
      filter: `${related} and source_index_container_path=in=(${paths})`,
    })
    const names = ['frozen-operator.v3.0.0', 'preview-operator.v0.9.0']
    expect([...new Set(data.map((record) => record['csv_name']))].sort()).toEqual([
      ...names,
      'storefront-operator.v2.3.0',
      'storefront-operator.v2.3.1',
    ])
    expect((await page('operators/indices', { filter: 'organization==a or organization==b' })).total).toBe(0)
  })
})

it('repositories are single records; an unknown one is 404', async () => {
  const { get } = await pyxis()
  const tags = async (name: string) =>
    (await get(`repositories/registry/registry.example.com/repository/${name}`)).json()
  expect(await tags('rhel9/redis-7')).toEqual({ auto_rebuild_tags: ['1'] })
  expect((await get('repositories/registry/registry.example.com/repository/no/such')).status).toBe(404)
})

it.each(['a', 'a==', 'a=gt=1', '(a==1', 'a==1 b==2', 'a=in=(1'])(
  'a filter that cannot be parsed is 400: %s',
  async (filter) => {
    const { get } = await pyxis()
    expect((await get('images', { filter })).status).toBe(400)
  },
)
