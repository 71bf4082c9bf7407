import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createApp } from '../../../src/api/app.ts'
import { parseSettings } from '../../../src/config/file.ts'
import { BadSettings } from '../../../src/lib/errors.ts'
import { startApi, storeEvent, type TestApi } from '../../support/api/api.ts'
import { startGuarded } from '../../support/api/guarded-api.ts'

const PROXY = '10.0.0.1'
const FORWARDED = {
  'x-script-name': '/fresh',
  'x-forwarded-host': 'outside.example.com',
  'x-scheme': 'https',
}

let api: TestApi
let event: number
beforeAll(async () => {
  api = await startApi({ PUBLIC_URL: 'http://inside.example.com' }, `trusted_proxies: [${PROXY}]`)
  event = await storeEvent(api.ctx.db)
})
afterAll(() => api.drop())

const get = (path: string, from: string) => api.json(path, 200, { from, headers: FORWARDED })

describe('behind a trusted proxy', () => {
  it('links have the host, the scheme and the prefix that the proxy reports', async () => {
    const { items, meta } = await get('/api/1/events/', PROXY)
    expect(meta.first).toBe('https://outside.example.com/fresh/api/1/events/?page=1&per_page=10')
    expect(items[0].url).toBe(`/fresh/api/1/events/${event}`)
  })

  it('a path may still have the prefix', async () => {
    expect((await get(`/fresh/api/1/events/${event}`, PROXY)).id).toBe(event)
    expect((await get('/fresh/api/2/events/', PROXY)).meta.first).toContain('.com/fresh/api/2/events/?')
  })

  it('a list without its final slash redirects to the path with it, under the prefix', async () => {
    const response = await api.request('/fresh/api/1/events?state=1', { from: PROXY, headers: FORWARDED })
    expect(response.headers.get('location')).toBe('/fresh/api/1/events/?state=1')
  })

  it('doubled slashes lead to the path without, under the prefix', async () => {
    for (const path of ['/fresh//api/1/events/?state=1', '//api/1//events/?state=1']) {
      const response = await api.request(path, { from: PROXY, headers: FORWARDED })
      expect(response.headers.get('location')).toBe('/fresh/api/1/events/?state=1')
    }
  })

  it('the links of the landing page have the prefix', async () => {
    expect((await get('/fresh', PROXY)).links.docs).toBe('/fresh/docs/')
  })

  it('a prefix may be named as Traefik does, and be left in the path or removed', async () => {
    for (const path of ['/api/1/events/', '/fresh/api/1/events/']) {
      const headers = { 'x-forwarded-prefix': '/fresh' }
      const response = await api.request(path, { from: PROXY, headers })
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('http://inside.example.com/fresh/api/1/events/')
    }
  })

  it('the OpenAPI document names the prefix, below which its requests are tried', async () => {
    expect((await get('/openapi.json', PROXY)).servers).toEqual([{ url: '/fresh' }])
    expect(await api.json('/openapi.json')).not.toHaveProperty('servers')
  })

  it('the board of the queues loads everything below the prefix', async () => {
    const permissions = { admin: { users: ['CN=admin'] } }
    const guarded = await startGuarded({ AUTH_BACKEND: 'ssl' }, { permissions })
    onTestFinished(guarded.drop)
    const login = { 'x-ssl-client-verify': 'SUCCESS', 'x-ssl-client-s-dn': 'CN=admin' }
    const read = async (path: string, headers: Record<string, string>) => {
      const response = await guarded.request(path, { from: PROXY, headers: { ...login, ...headers } })
      expect(response.status, path).toBe(200)
      return response.text()
    }
    const page = await read('/queues', FORWARDED)
    expect(page).toContain('<base href="/fresh/queues/" />')
    const [, script = ''] = /<script [^>]*src="([^"]+)"/.exec(page) ?? []
    const asset = new URL(script, 'https://outside.example.com/fresh/queues/').pathname
    // A proxy may leave the prefix in the path or remove it.
    for (const path of [asset, asset.replace('/fresh', '')])
      expect((await read(path, FORWARDED)).length).toBeGreaterThan(1000)
    expect(JSON.parse(await read('/queues/api/queues', FORWARDED)).queues).not.toEqual([])
    expect(await read('/queues', {})).toContain('<base href="/queues/" />')
  })
})

describe('from any other address', () => {
  it('the same headers are ignored', async () => {
    for (const from of ['10.0.0.2', '127.0.0.1']) {
      const { items, meta } = await get('/api/1/events/', from)
      expect(meta.first).toBe('http://inside.example.com/api/1/events/?page=1&per_page=10')
      expect(items[0].url).toBe(`/api/1/events/${event}`)
    }
  })
})

describe('an invalid list of proxies', () => {
  it('stops the start', () => {
    const file = { ...parseSettings('', 'test'), trusted_proxies: ['proxy.example.com'] }
    expect(() => createApp({ ...api.ctx, settings: { ...api.ctx.settings, file } })).toThrow(BadSettings)
  })
})
