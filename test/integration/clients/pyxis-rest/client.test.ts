/** The REST client of the catalogue against small servers: pages, filters, odd records, trouble. */
import { describe, expect, test } from 'vitest'
import { createPyxisRestClient } from '../../../../src/clients/pyxis-rest/client.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { DEAD_URL, type Received, sendJson, serve } from '../../../support/servers/http-server.ts'

/** A server with these records in every list, one page each. */
async function listing(...pages: unknown[][]) {
  const { url, received } = await serve((request, response) => {
    const page = Number(queryOf(request).get('page'))
    sendJson(response, { data: pages[page] ?? [], page, page_size: 100 })
  })
  return { client: createPyxisRestClient(clientOptions(url)), received }
}
const queryOf = ({ url }: Received) => new URL(url, 'http://x').searchParams
const filterOf = (request: Received | undefined) => request && queryOf(request).get('filter')

const PLACE = {
  registry: 'registry.example.com',
  repository: 'ubi8/httpd-24',
  published: true,
  manifest_list_digest: 'sha256:list',
  manifest_schema2_digest: 'sha256:amd64',
  tags: [{ name: 'latest' }, { name: null }, 7],
}
const IMAGE = {
  architecture: 'amd64',
  brew: { build: 'httpd-24-container-1-283' },
  parsed_data: { labels: [{ name: 'version', value: '1' }, { value: 'nameless' }] },
  repositories: [PLACE, { registry: 7 }, null],
}

describe('an image', () => {
  test('unites its architectures; odd labels, tags and places cost only themselves, and are named', async () => {
    const arm = {
      ...IMAGE,
      parsed_data: {
        labels: [
          { name: 'version', value: 'other' },
          { name: 'arm', value: null },
        ],
      },
      repositories: [
        { ...PLACE, published: 'yes', manifest_list_digest: '', manifest_schema2_digest: 'sha256:arm' },
      ],
    }
    const { client, received } = await listing([IMAGE, arm, 'odd'])
    const place = { registry: 'registry.example.com', repository: 'ubi8/httpd-24', tags: ['latest'] }
    expect(await client.image('httpd-24-container-1-283')).toEqual({
      nvr: 'httpd-24-container-1-283',
      labels: { version: '1', arm: '' },
      places: [
        { ...place, published: true, listDigest: 'sha256:list', manifestDigest: 'sha256:amd64' },
        { ...place, published: false, listDigest: null, manifestDigest: 'sha256:arm' },
      ],
      unreadable: [
        'parsed_data.labels.1.name',
        'repositories.1.registry',
        'repositories.2',
        ...['repositories.tags.1.name', 'repositories.tags.2'],
        ...['repositories.tags.1.name', 'repositories.tags.2'],
      ].map((path) => ({ path, message: expect.any(String) })),
    })
    expect(received[0]?.url).toMatch(/^\/v1\/images\/nvr\/httpd-24-container-1-283\?/)
    expect(queryOf(received[0] as Received).get('page_size')).toBe('100')
  })

  test('is not known while the catalogue answers with another one', async () => {
    const { client } = await listing([IMAGE, { ...IMAGE, brew: { build: 'other-1-1' } }])
    await expect(client.image('httpd-24-container-1-283')).rejects.toMatchObject({
      blame: 'service',
      message: expect.stringContaining('the answer is about other-1-1, not httpd-24-container-1-283'),
    })
  })

  test('is null when unknown, by an empty list or by 404', async () => {
    const { client } = await listing()
    expect(await client.image('a-1-1')).toBeNull()
    const { url } = await serve((_request, response) => sendJson(response, { detail: 'not found' }, 404))
    expect(await createPyxisRestClient(clientOptions(url)).image('a-1-1')).toBeNull()
    const inText = await serve(
      (_request, response) => void response.writeHead(404, { trace_id: '0af7' }).end('not found'),
    )
    expect(await createPyxisRestClient(clientOptions(inText.url)).image('a-1-1')).toBeNull()
  })

  test('is not unknown while a proxy does not find the catalogue', async () => {
    const { url } = await serve((_request, response) => void response.writeHead(404).end('<html>'))
    const client = createPyxisRestClient(clientOptions(url))
    const trouble = { blame: 'service', status: 404 }
    await expect(client.image('a-1-1')).rejects.toMatchObject(trouble)
    await expect(client.autoRebuildTags('registry.example.com', 'ubi8')).rejects.toMatchObject(trouble)
  })

  test('is a fault when no record of it can be read', async () => {
    const { client } = await listing([{ brew: 'odd' }])
    expect(await client.image('a-1-1')).toEqual({
      fault: expect.stringMatching(/cannot be read at '0\.brew'/),
    })
  })
})

describe('lists', () => {
  test('are read until a page is empty, or up to their total', async () => {
    const index = (version: string) => ({ path: `index:v${version}`, ocp_version: version })
    const { client, received } = await listing([index('4.14')], [index('4.15')])
    expect((await client.indexImages([])).read).toEqual([
      { path: 'index:v4.14', openshiftVersion: '4.14' },
      { path: 'index:v4.15', openshiftVersion: '4.15' },
    ])
    expect(received).toHaveLength(3)

    const counted = await serve((_request, response) =>
      sendJson(response, { data: [index('4.14')], total: 1 }),
    )
    await createPyxisRestClient(clientOptions(counted.url)).indexImages([])
    expect(counted.received).toHaveLength(1)
  })

  test.each([
    ['a short page', [[{ path: 'a', ocp_version: '4.14' }]], 2],
    ['no page in the middle', [Array(100).fill({ path: 'a', ocp_version: '4.14' }), []], 250],
  ])('of which %s comes are trouble of the catalogue', async (_what, pages, total) => {
    const { url } = await serve((request, response) => {
      sendJson(response, { data: pages[Number(queryOf(request).get('page'))] ?? [], total })
    })
    await expect(createPyxisRestClient(clientOptions(url)).indexImages([])).rejects.toMatchObject({
      blame: 'service',
      message: expect.stringMatching(/indices: the list is not whole: \d+ of \d+ records$/),
    })
  })

  test('leave out records that cannot be read, and name them', async () => {
    const odd = [{ path: 'a' }, { path: '', ocp_version: '4.1' }, { path: 'b', ocp_version: 'next' }, null]
    const { client } = await listing([...odd, { path: 'c', ocp_version: '4.14' }])
    expect(await client.indexImages([])).toEqual({
      read: [{ path: 'c', openshiftVersion: '4.14' }],
      unreadable: ['0.ocp_version', '1.path', '2.ocp_version', '3'].map((path) => ({
        path,
        message: expect.any(String),
      })),
    })
  })

  test.each([[{ data: 'odd' }], [{}], [{ message: 'Down for maintenance.' }], [[]], [null]])(
    'that are not in an answer are not empty, but trouble of the catalogue: %j',
    async (answer) => {
      const { url } = await serve((_request, response) => sendJson(response, answer))
      const client = createPyxisRestClient(clientOptions(url))
      await expect(client.indexImages([])).rejects.toMatchObject({ failure: 'odd-answer', blame: 'service' })
      await expect(client.image('a-1-1')).rejects.toMatchObject({ failure: 'odd-answer', blame: 'thing' })
    },
  )

  test.each([[300], [undefined]])(
    'whose pages repeat are trouble of the catalogue, with a total of %s',
    async (total) => {
      const { url, received } = await serve((_request, response) => {
        const data = Array.from({ length: 100 }, (_, index) => ({
          _id: `id-${index}`,
          path: 'a',
          ocp_version: '4.14',
        }))
        sendJson(response, { data, total })
      })
      await expect(createPyxisRestClient(clientOptions(url)).indexImages([])).rejects.toMatchObject({
        blame: 'service',
        message: expect.stringMatching(/indices: the list is not whole: (100 of 2|200 of 3)00 records/),
      })
      expect(received).toHaveLength(6)
    },
  )
})

describe('the filters', () => {
  test('select index images by organization', async () => {
    const { client, received } = await listing()
    await client.indexImages(['example-operators', 'with space" and'])
    expect(filterOf(received[0])).toBe('organization==example-operators or organization=="with space\\" and"')
    await client.indexImages([])
    expect(filterOf(received[1])).toBeNull()
  })

  test('select bundles by a related digest, the latest of these index images', async () => {
    const record = {
      bundle_path: 'r/p@sha256:b',
      bundle_path_digest: 'sha256:b',
      csv_name: '',
      version_original: '1.2.3',
    }
    const { client, received } = await listing([record, { ...record, version_original: null }])
    expect(await client.bundlesRelatedTo('sha256:a', ['index:v1', 'index:v2'])).toEqual({
      read: [{ path: 'r/p@sha256:b', digest: 'sha256:b', csvName: null, version: '1.2.3' }],
      unreadable: [{ path: '1.version_original', message: expect.any(String) }],
    })
    expect(filterOf(received[0])).toBe(
      'related_images.digest==sha256:a and latest_in_channel==true and source_index_container_path=in=(index:v1,index:v2)',
    )
    received.length = 0
    expect(await client.bundlesRelatedTo('sha256:a', [])).toEqual({ read: [], unreadable: [] })
    expect(received).toEqual([])
  })

  test('select bundles by their digests, a few at a time', async () => {
    const { client, received } = await listing()
    const digests = Array.from({ length: 30 }, (_none, number) => `sha256:${number}`)
    await client.bundlesByDigest([...digests, ...digests])
    expect(received.map((request) => filterOf(request)?.split(' or ').length)).toEqual([25, 5])
    expect(filterOf(received[1])).toMatch(/^bundle_path_digest==sha256:25 or /)
  })

  test('select images by either digest, and only those built in Koji', async () => {
    const { client, received } = await listing([
      IMAGE,
      IMAGE,
      { brew: null },
      { brew: { build: 'a-1-1' } },
      { brew: 7 },
    ])
    expect(await client.nvrsOfDigest('sha256:a')).toEqual({
      read: ['a-1-1', 'httpd-24-container-1-283'],
      unreadable: [{ path: '4.brew', message: expect.any(String) }],
    })
    expect(filterOf(received[0])).toBe(
      '(repositories.manifest_list_digest==sha256:a or repositories.manifest_schema2_digest==sha256:a) and brew != null',
    )
  })
})

test('tags of a repository are read from its record; an unknown repository has none', async () => {
  const { url, received } = await serve(({ url: path }, response) =>
    path.includes('unknown')
      ? sendJson(response, { detail: 'not found' }, 404)
      : sendJson(response, { auto_rebuild_tags: ['latest', 7] }),
  )
  const client = createPyxisRestClient(clientOptions(url))
  expect(await client.autoRebuildTags('registry.example.com', 'ubi8/httpd-24')).toEqual({
    read: ['latest'],
    unreadable: [{ path: '1', message: expect.any(String) }],
  })
  expect(received[0]?.url).toBe(
    '/v1/repositories/registry/registry.example.com/repository/ubi8/httpd-24?include=auto_rebuild_tags',
  )
  expect(await client.autoRebuildTags('registry.example.com', 'unknown')).toEqual({
    read: [],
    unreadable: [],
  })
})

describe('trouble', () => {
  test('names the trace of the catalogue, and is the fault of the service', async () => {
    const { url } = await serve((_request, response) =>
      sendJson(response, { detail: 'overloaded' }, 503, { trace_id: 'trace-7' }),
    )
    await expect(createPyxisRestClient(clientOptions(url)).image('a-1-1')).rejects.toMatchObject({
      message: expect.stringContaining('HTTP 503 (trace_id trace-7)'),
      blame: 'service',
      body: '{"detail":"overloaded"}',
    })
  })

  test.each([
    ['a missing server', undefined, 'unreachable'],
    ['an answer that is not JSON', '<html>', 'bad-answer'],
  ])('of %s is never an answer', async (_what, text, failure) => {
    const url =
      text === undefined ? DEAD_URL : (await serve((_request, response) => void response.end(text))).url
    await expect(createPyxisRestClient(clientOptions(url)).image('a-1-1')).rejects.toMatchObject({
      failure,
      blame: 'service',
    })
  })
})
