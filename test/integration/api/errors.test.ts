import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createApp } from '../../../src/api/app.ts'
import { startApi, type TestApi } from '../../support/api/api.ts'

const NO_SUCH_URL =
  '404 Not Found: The requested URL was not found on the server. If you entered the URL manually please check ' +
  'your spelling and try again.'

let api: TestApi
beforeAll(async () => {
  api = await startApi({}, 'max_request_bytes: 1024')
})
afterAll(() => api.drop())

describe('an unknown URL', () => {
  it.each([
    '/nope',
    '/api/3/events/',
    '/api/1/nope/',
    '/api/1/events/abc',
    '/api/1/events/-1',
    '/api/1/events/1.5',
    '/api/1/events/1/',
    '/docs//nope',
    '/api/2/monitor/metrics',
    '/docs/package.json',
    '/docs/..%2Fpackage.json',
  ])('%s is 404 with the common error body', async (path) => {
    expect(await api.json(path, 404)).toEqual({ error: 'Not Found', message: NO_SUCH_URL, status: 404 })
  })

  it('has only a message in the API of the gate', async () => {
    expect(await api.json('/api/v1.0/nope', 404)).toEqual({
      message: NO_SUCH_URL.replace(/^404 Not Found: /, ''),
    })
  })
})

describe('a decision without the build system', () => {
  it('answers like the original, and the log has the cause with the id of the request', async () => {
    const gate = await startApi({ KOJI_BASE_URL: 'http://127.0.0.1:1/kojihub' })
    const warn = vi.spyOn(gate.ctx.log, 'warn')
    const body = JSON.stringify({
      product_version: 'fedora-26',
      subject: [{ type: 'koji_build', item: 'nethack-1.2.3-1.el9000' }],
      rules: [{ type: 'RemoteRule', required: true }],
    })
    const headers = { 'Content-Type': 'application/json' }
    const response = await gate.request('/api/v1.0/decision', { method: 'POST', headers, body })
    expect([response.status, await response.json()]).toEqual([
      502,
      {
        message: 'Unexpected error while fetching remote policies',
        explanation: expect.stringContaining('Could not reach Koji'),
      },
    ])
    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({
        requestId: expect.any(String),
        reason: 'Unexpected error while fetching remote policies',
        cause: expect.stringContaining('ECONNREFUSED'),
      }),
      'no decision',
    )
    await gate.drop()
  })
})

describe('a wrong method', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    '%s is 405 and the response lists the allowed methods',
    async (method) => {
      const response = await api.request('/api/1/about/', { method })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
      expect(await response.json()).toEqual({
        error: 'Method Not Allowed',
        message: '405 Method Not Allowed: The method is not allowed for the requested URL.',
        status: 405,
      })
    },
  )

  it('is 404 at an unknown URL', async () => {
    expect((await api.request('/api/1/nope', { method: 'DELETE' })).status).toBe(404)
  })

  it('can be avoided by OPTIONS, which lists the allowed methods', async () => {
    const response = await api.request('/api/1/events/1', { method: 'OPTIONS' })
    expect(response.status).toBe(200)
    expect(response.headers.get('allow')).toBe('GET, PATCH, HEAD, OPTIONS')
  })
})

describe('a list without its final slash', () => {
  it.each(['event-types', 'build-types', 'build-states', 'events', 'builds', 'about'])(
    'redirects to %s with it, for every method and with the query unchanged',
    async (name) => {
      for (const method of ['GET', 'POST', 'PATCH']) {
        const response = await api.request(`/api/2/${name}?state=1&state=%C3%A9`, { method })
        expect(response.status).toBe(308)
        expect(response.headers.get('location')).toBe(`/api/2/${name}/?state=1&state=%C3%A9`)
      }
    },
  )
})

describe('an address with doubled slashes', () => {
  it.each([
    ['//api/1/events/?per_page=5', '/api/1/events/?per_page=5'],
    ['/api//1///builds/7?a=//b', '/api/1/builds/7?a=//b'],
    ['/api/1/events//', '/api/1/events/'],
    ['/api/v1.0//decision', '/api/v1.0/decision'],
    ['/api/1//builds/%0D%0Aa%2Fb', '/api/1/builds/%0D%0Aa%2Fb'],
    ['//api//evil.example.com/', '/api/evil.example.com/'],
  ])('%s redirects to %s, for every method', async (path, merged) => {
    for (const method of ['GET', 'POST', 'PATCH']) {
      const response = await api.request(path, { method })
      expect([response.status, response.headers.get('location')]).toEqual([308, merged])
    }
  })

  it('leads nowhere outside the API', async () => {
    for (const path of ['//evil.example.com/api/1/events/', '//evil.example.com//', '/ui//'])
      expect(`${(await api.request(path)).headers.get('location')}`).not.toMatch(/^\/\/|evil/)
  })
})

describe('HEAD', () => {
  it('is GET without a body', async () => {
    const response = await api.request('/api/1/event-types/', { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await response.text()).toBe('')
    expect((await api.request('/api/1/events/99999', { method: 'HEAD' })).status).toBe(404)
  })
})

describe('a request that is too large', () => {
  it('is rejected with the limit in the message', async () => {
    const body = 'x'.repeat(2000)
    const headers = { 'content-length': String(body.length) }
    const { message } = await api.json('/api/1/about/', 413, { method: 'POST', body, headers })
    expect(message).toBe('The request is larger than 1024 bytes.')
  })
})

describe('an internal error', () => {
  it('is 500 without details; the log has them under the request id', async () => {
    const logged: unknown[][] = []
    const broken = {
      ...api.ctx,
      db: {
        ...api.ctx.db,
        fork: () => {
          throw new Error('secret detail')
        },
      },
    }
    const log = {
      ...api.ctx.log,
      isLevelEnabled: () => true,
      info: () => undefined,
      error: (...line: unknown[]) => logged.push(line),
    }
    const app = createApp({ ...broken, log: log as unknown as typeof api.ctx.log }) // only these are called
    const response = await app.request('/api/1/events/1')
    expect(response.status).toBe(500)
    const body = await response.json()
    const requestId = response.headers.get('x-request-id')
    expect(body).toEqual({
      error: 'Internal Server Error',
      message: `Internal error. The log has the details under request id ${requestId}.`,
      status: 500,
    })
    expect(logged).toEqual([
      [expect.objectContaining({ requestId, err: new Error('secret detail') }), 'request failed'],
    ])
  })
})

describe('every response', () => {
  it('has a request id, which the client may set', async () => {
    expect((await api.request('/health/live')).headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
    const sent = await api.request('/health/live', { headers: { 'x-request-id': 'abc-123' } })
    expect(sent.headers.get('x-request-id')).toBe('abc-123')
  })

  it('forbids browsers to load anything from other hosts', async () => {
    for (const path of ['/', '/docs/', '/api/1/events/', '/nope']) {
      const { headers } = await api.request(path)
      expect(headers.get('content-security-policy')).toContain("default-src 'self'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })
})
