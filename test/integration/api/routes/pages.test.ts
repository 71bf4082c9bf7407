import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, type TestApi } from '../../../support/api/api.ts'

const HERE = '127.0.0.1'
let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.drop())

const text = async (path: string, headers = {}) => (await api.request(path, { headers, from: HERE })).text()
/** The URLs that a browser loads for a page. */
const loaded = (page: string) =>
  [...page.matchAll(/<(?:script|link|img|iframe)\b[^>]*(?:src|href)="([^"]*)"/g)].map(
    ([, address]) => address,
  )

describe('the landing page', () => {
  it('describes the service as JSON, with links that work', async () => {
    const page = await api.json('/')
    expect(page).toMatchObject({
      name: 'freshwave',
      version: expect.any(String),
      description: expect.any(String),
    })
    expect(page.links).toMatchObject({ pages: '/ui' })
    for (const path of Object.values<string>(page.links))
      expect((await api.request(path, { from: HERE })).status, path).toBe(200)
  })

  it('sends browsers to the pages', async () => {
    const response = await api.request('/', {
      headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
    })
    expect([response.status, response.headers.get('location')]).toEqual([302, '/ui'])
  })
})

describe('the API documentation', () => {
  it('is found without its final slash', async () => {
    const response = await api.request('/docs')
    expect([response.status, response.headers.get('location')]).toEqual([308, '/docs/'])
  })

  it('leads readers without scripts to pages with the same content', async () => {
    const [, message = ''] = /<noscript>(.*)<\/noscript>/.exec(await text('/docs/')) ?? []
    const links = [...message.matchAll(/href="([^"]+)"/g)].map(([, address = '']) => address)
    expect(links).toHaveLength(2)
    for (const address of links) {
      const { pathname } = new URL(address, 'http://localhost/docs/')
      expect((await api.request(pathname)).status, pathname).toBe(200)
    }
  })

  it('loads only assets from this server, and has no inline script', async () => {
    const page = await text('/docs/')
    expect(page).not.toMatch(/<script>|\son\w+=/)
    const assets = loaded(page)
    expect(assets).toHaveLength(4)
    for (const asset of assets) {
      const response = await api.request(`/docs/${asset}`)
      expect(response.status, asset).toBe(200)
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(50)
    }
    expect(await text('/docs/start.js')).toContain("url: '../openapi.json'")
  })
})

describe('the book', () => {
  it('is found without its final slash, and sends its pages and style sheet', async () => {
    const response = await api.request('/docs/guide')
    expect([response.status, response.headers.get('location')]).toEqual([308, '/docs/guide/'])
    expect(await text('/docs/guide/')).toContain('<h1 id="what-freshwave-is-and-how-it-works">')
    expect(await text('/docs/guide/')).toBe(await text('/docs/guide/index.html'))
    const style = await api.request('/docs/guide/book.css')
    expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
  })

  it('links to the pages and the API of the service, and to pages in its folders', async () => {
    const page = '/docs/guide/runbooks/FreshwaveNoWorker.html'
    const addresses = [...(await text(page)).matchAll(/<a [^>]*href="([^"#]+)"/g)].map(
      ([, address = '']) => address,
    )
    expect(addresses).toContain('../../../ui')
    for (const address of new Set(addresses)) {
      const { pathname } = new URL(address, `http://localhost${page}`)
      expect((await api.request(pathname)).status, pathname).toBe(200)
    }
  })

  it('answers an unchanged page with 304, and an unknown one with 404', async () => {
    const etag = (await api.request('/docs/guide/')).headers.get('etag') ?? ''
    expect((await api.request('/docs/guide/', { headers: { 'if-none-match': etag } })).status).toBe(304)
    for (const path of ['nope.html', '../package.json', '%2e%2e/package.json', 'constructor'])
      expect((await api.request(`/docs/guide/${path}`)).status, path).toBe(404)
  })

  it('names endpoints that exist', async () => {
    const { paths } = await api.json('/openapi.json')
    const known = Object.keys(paths).map(
      (path) => new RegExp(`^${path.replace(/\{[^}]*\}/g, '[^/]+').replace('.', '\\.')}$`),
    )
    const chapter = readFileSync('docs/api.md', 'utf8')
    const named = [...chapter.matchAll(/(?<=[`0])\b(?:GET |POST |PATCH )?(\/api\/[\w./-]+\/[\w./-]+)/g)].map(
      ([, path = '']) => path,
    )
    const spans = [...chapter.matchAll(/\| `(?:GET|POST|PATCH) (\/[\w./-]+)/g)].map(([, path = '']) => path)
    expect(spans.length).toBeGreaterThan(9)
    expect([...named, ...spans].filter((path) => !known.some((pattern) => pattern.test(path)))).toEqual([])
  })
})

describe('the queue board', () => {
  it('is available on this machine, with every queue', async () => {
    expect(await text('/queues')).toContain('<base href="/queues/" />')
    const { queues } = JSON.parse(await text('/queues/api/queues'))
    expect(queues.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining([
        'intake',
        'discover',
        'plan',
        'submit',
        'poll',
        'transition',
        'publish',
        'sweep',
      ]),
    )
  })

  it('is found where its own links lead, also when one is opened again', async () => {
    const response = await api.request('/queues/?status=failed', { from: HERE })
    expect([response.status, response.headers.get('location')]).toEqual([308, '/queues?status=failed'])
    expect(await text('/queues?status=failed')).toContain('<base href="/queues/" />')
    const odd = await api.request('/queues/%0D%0A%C3%A9/', { from: HERE })
    expect([odd.status, odd.headers.get('location')]).toEqual([308, '/queues/%0D%0A%C3%A9'])
    const change = await api.request('/queues/api/queues/plan/pause/', { method: 'PUT', from: HERE })
    expect(change.status).toBe(404)
  })

  it('shows at once what is changed on it, although it keeps what it has read', async () => {
    const plan = async () => {
      const { queues } = JSON.parse(await text('/queues/api/queues'))
      return queues.find(({ name }: { name: string }) => name === 'plan')
    }
    const waiting = async () => (await plan()).counts.waiting
    const change = async (path: string) =>
      expect((await api.request(`/queues/api/queues/plan/${path}`, { method: 'PUT', from: HERE })).ok).toBe(
        true,
      )
    const before = await waiting()
    await api.ctx.queues.enqueue('plan', { eventId: 8 })
    await change('pause')
    expect(await plan()).toMatchObject({ isPaused: true })
    await change('resume')
    expect(await plan()).toMatchObject({ isPaused: false })
    expect(await waiting()).toBe(before + 1)
    await change('plan-8/clean')
    expect(await waiting()).toBe(before)
  })

  it('can remove a job', async () => {
    await api.ctx.queues.enqueue('plan', { eventId: 7 })
    const done = await api.request('/queues/api/queues/plan/plan-7/clean', { method: 'PUT', from: HERE })
    expect(done.status).toBeLessThan(300)
    expect(await api.ctx.queues.byName.plan.getJob('plan-7')).toBeFalsy()
  })

  it.each([
    ['another machine', { from: '10.0.0.9' }],
    ['an unknown address', {}],
    ['a proxy on this machine', { from: HERE, headers: { 'x-forwarded-for': '10.0.0.9' } }],
    ['a page of another site', { from: HERE, headers: { 'sec-fetch-site': 'cross-site' } }],
    ['a foreign host name that resolves here', { from: HERE, headers: { host: 'evil.example.com' } }],
  ])('is forbidden from %s, with all paths below it', async (_origin, incoming) => {
    for (const path of [
      '/queues',
      '/queues/',
      '/queues/api/queues',
      '/queues/static/js/x.js',
      '/queues/nope',
    ])
      for (const method of ['GET', 'PUT']) {
        expect((await api.json(path, 403, { ...incoming, method })).error).toBe('Forbidden')
      }
  })
})

describe('an address that does not exist', () => {
  const PATHS = ['/docs/nope', '/docs/guide/nope', '/docs/guide/a/b/c.html', '/queues/a/b/c', '/ui/nope']

  it.each(PATHS)('is a page in a browser: %s', async (path) => {
    const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
    const response = await api.request(path, { headers, from: HERE })
    const page = await response.text()
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8'])
    expect(response.headers.get('content-security-policy')).toContain(
      "default-src 'none'; script-src 'self' 'sha256",
    )
    expect(page).toContain('<h1>Not found</h1>')
    expect(page).toContain('<a class="brand" href="/ui">')
    const assets = loaded(page).filter((address) => !address?.startsWith('data:'))
    expect(assets).not.toEqual([])
    for (const asset of assets) expect((await api.request(asset ?? '')).status, asset).toBe(200)
  })

  it.each(PATHS)('is JSON for a client that accepts nothing else: %s', async (path) => {
    const page = await api.json(path, 404, { headers: { accept: 'application/json' }, from: HERE })
    expect(page).toEqual({ error: 'Not Found', message: expect.any(String), status: 404 })
  })

  it('is refused as a page where the board is not for the caller', async () => {
    const response = await api.request('/queues', { headers: { accept: 'text/html' }, from: '10.0.0.9' })
    expect([response.status, await response.text()]).toEqual([
      403,
      expect.stringMatching(/<h1>Not allowed<\/h1>.*The queues are only available from this machine/s),
    ])
  })
})
