import { describe, expect, test } from 'vitest'
import { OutcomeUnknown, UpstreamError } from '../../../../src/lib/errors.ts'
import type { HttpCall } from '../../../../src/lib/http/client.ts'
import { httpClient, schema } from '../../../support/servers/http-client.ts'
import { DEAD_URL, sendJson, serve } from '../../../support/servers/http-server.ts'
import { stopClock } from '../../../support/stopped-clock.ts'

describe('writes', () => {
  const write = { path: '/composes/', method: 'POST', json: { source: {} } } as const

  test('are sent once when the connection breaks after the request arrived', async () => {
    const { url, received } = await serve((_request, response) => {
      response.destroy()
    })
    await expect(httpClient(url).json(write, schema)).rejects.toBeInstanceOf(OutcomeUnknown)
    expect(received).toHaveLength(1)
  })

  test('have an unknown outcome after a time-out', async () => {
    const { url, received } = await serve(() => {})
    const { pass, until } = stopClock()
    const writing = httpClient(url, { timeoutMs: 50_000 }).json(write, schema)
    const failed = expect(writing).rejects.toBeInstanceOf(OutcomeUnknown)
    await until(received, 1)
    await pass(50_000)
    await failed
    expect(received).toHaveLength(1)
  })

  test.each([303, 408, 500, 502, 503, 504, 520, 522, 524])(
    'have an unknown outcome after a %i, which may come although the service has carried them out',
    async (status) => {
      const { url, received } = await serve((_request, response) => sendJson(response, {}, status))
      await expect(httpClient(url).json(write, schema)).rejects.toBeInstanceOf(OutcomeUnknown)
      expect(received).toHaveLength(1)
    },
  )

  test('have an unknown outcome when the answer cannot be read', async () => {
    const { url } = await serve((_request, response) => sendJson(response, { id: 'x' }))
    await expect(httpClient(url).json(write, schema)).rejects.toBeInstanceOf(OutcomeUnknown)
  })

  test.each([400, 403, 409, 429])('were not carried out when the answer is %i', async (status) => {
    const { url, received } = await serve((_request, response) => sendJson(response, {}, status))
    await expect(httpClient(url).json(write, schema)).rejects.toBeInstanceOf(UpstreamError)
    expect(received).toHaveLength(1)
  })

  test('are retried while the connection is refused, and certainly not carried out', async () => {
    const calls: HttpCall[] = []
    const refused = httpClient(DEAD_URL, { onCall: (call) => calls.push(call) }).json(write, schema)
    await expect(refused).rejects.toBeInstanceOf(UpstreamError)
    expect(calls).toHaveLength(3)
  })

  test.each([301, 302, 307, 308])(
    'are repeated where the same place has moved to, answer %i',
    async (status) => {
      const moved = await serve((_request, response) => sendJson(response, { id: 3 }))
      const { url, received } = await serve((request, response) => {
        const location = request.url === '/composes' ? '/composes/' : `${moved.url}/composes/?v=2`
        response.writeHead(status, { location }).end()
      })
      const headers = { authorization: 'Bearer t', cookie: 'session=t', 'x-request': 'r' }
      const request = { ...write, path: '/composes', headers }
      expect(await httpClient(url).json(request, schema)).toEqual({ id: 3 })
      expect(received.map((arrived) => arrived.url)).toEqual(['/composes', '/composes/'])
      expect(received[1]?.headers).toMatchObject(headers)
      const [there] = moved.received
      expect(there).toMatchObject({ method: 'POST', url: '/composes/?v=2', body: '{"source":{}}' })
      // Another port is another origin, which may be another service.
      expect([there?.headers['x-request'], there?.headers.authorization, there?.headers.cookie]).toEqual([
        'r',
        undefined,
        undefined,
      ])
    },
  )

  test.each(['/login', 'http://localhost:1/composes/', 'ftp://127.0.0.1/composes/', 'http://', '/composes/'])(
    'are not repeated at %s',
    async (location) => {
      const { url, received } = await serve((_request, response) => {
        response.writeHead(302, { location }).end()
      })
      await expect(httpClient(url).json(write, schema)).rejects.toThrow(`HTTP 302 (moved to ${location})`)
      expect(received).toHaveLength(1)
    },
  )

  test('are not redirected into a GET', async () => {
    const { url, received } = await serve((_request, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    await expect(httpClient(url).json(write, schema)).rejects.toThrow('HTTP 302 (moved to /elsewhere)')
    expect(received).toHaveLength(1)
  })
})
