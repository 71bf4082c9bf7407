import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { UpstreamError } from '../../../../src/lib/errors.ts'
import { hasBody } from '../../../../src/lib/http/answer.ts'
import type { HttpCall } from '../../../../src/lib/http/client.ts'
import { logOfRetries } from '../../../support/lab/client-options.ts'
import { httpClient, schema } from '../../../support/servers/http-client.ts'
import { DEAD_URL, sendJson, serve } from '../../../support/servers/http-server.ts'
import { stopClock } from '../../../support/stopped-clock.ts'

/** Longer than any pause between attempts here. */
const MAX_RETRY_MS = 100

describe('reads', () => {
  test('append path and query to the base URL and return checked JSON', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, { id: 7, more: true }))
    const answer = await httpClient(`${url}/root/`).json(
      { path: '/composes', query: { page: 1, q: 'a b&c' } },
      schema,
    )
    expect(answer).toEqual({ id: 7 })
    expect(received[0]).toMatchObject({ method: 'GET', url: '/root/composes?page=1&q=a%20b%26c' })
  })

  test.each([408, 425, 429, 500, 503, 520, 524])(
    'succeed after two answers with status %i',
    async (status) => {
      const { url, received } = await serve((_request, response, count) =>
        count < 2 ? sendJson(response, {}, status) : sendJson(response, { id: 1 }),
      )
      expect(await httpClient(url).json({ path: '/x' }, schema)).toEqual({ id: 1 })
      expect(received).toHaveLength(3)
    },
  )

  test('fail after the last attempt with the status and a body cut to 500 characters', async () => {
    const { url, received } = await serve((_request, response) => {
      response.writeHead(503).end('x'.repeat(2000))
    })
    const error = await httpClient(url)
      .json({ path: '/x' }, schema)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UpstreamError)
    expect(error).toMatchObject({ message: 'odcs: GET /x: HTTP 503', failure: 'status', status: 503 })
    expect((error as UpstreamError).body).toHaveLength(500)
    expect(received).toHaveLength(3)
  })

  test('are not retried after a client error', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, { error: 'no' }, 403))
    await expect(httpClient(url).json({ path: '/x' }, schema)).rejects.toMatchObject({
      status: 403,
      body: '{"error":"no"}',
    })
    expect(received).toHaveLength(1)
  })

  test('fail instead of waiting longer than the maximum delay', async () => {
    const { url, received } = await serve((_request, response) => {
      sendJson(response, {}, 503, { 'retry-after': '60' })
    })
    await expect(httpClient(url).json({ path: '/x', maxDelayMs: 5000 }, schema)).rejects.toThrow(
      'odcs: GET /x: HTTP 503',
    )
    expect(received).toHaveLength(1)
  })

  test('stop waiting for the next attempt when the caller gives up', async () => {
    const { url, received } = await serve((_request, response) => {
      sendJson(response, {}, 503, { 'retry-after': '60' })
    })
    const given = new AbortController()
    const log = logOfRetries(() => given.abort())
    const fetching = httpClient(url, { log }).json({ path: '/x', signal: given.signal }, schema)
    await expect(fetching).rejects.toThrow('odcs: GET /x: HTTP 503')
    expect(received).toHaveLength(1)
  })

  test('wait as long as Retry-After requests', async () => {
    const { url } = await serve((_request, response, count) =>
      count === 0 ? sendJson(response, {}, 429, { 'retry-after': '1' }) : sendJson(response, { id: 1 }),
    )
    const started = performance.now()
    await httpClient(url).json({ path: '/x' }, schema)
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
  })

  test('time out at each attempt when a service hangs', async () => {
    const { url, received } = await serve(() => {})
    const { pass, until } = stopClock()
    const fetching = httpClient(url, { timeoutMs: 60_000 }).json({ path: '/slow' }, schema)
    const failed = expect(fetching).rejects.toThrow('odcs: GET /slow: no answer within 60000 ms')
    for (const attempt of [1, 2, 3]) {
      await until(received, attempt)
      await pass(60_000)
      await pass(MAX_RETRY_MS)
    }
    await failed
    expect(received).toHaveLength(3)
  })

  test('time out when a body never ends', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200).write('{"id":')
    })
    const fetching = httpClient(url, { timeoutMs: 60 }).json({ path: '/slow' }, schema)
    await expect(fetching).rejects.toMatchObject({ failure: 'timeout' })
  })

  test('are retried after a connection broke in the middle of the answer', async () => {
    const { url } = await serve((_request, response, count) => {
      if (count > 0) return sendJson(response, { id: 5 })
      response.writeHead(200, { 'content-length': '100' }).write('{"id":')
      setTimeout(() => response.destroy(), 5)
    })
    expect(await httpClient(url).json({ path: '/x' }, schema)).toEqual({ id: 5 })
  })

  test('name the service that is unreachable', async () => {
    const error = await httpClient(DEAD_URL)
      .json({ path: '/x' }, schema)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ failure: 'unreachable', service: 'odcs' })
    expect(String(error)).toContain('ECONNREFUSED')
  })

  test('report a connect time-out, after which even a write is retried', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => undefined)) // never shakes hands
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void silent.close())
    const attempts: HttpCall[] = []
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const http = httpClient(url, { timeoutMs: 200, onCall: (call) => attempts.push(call) })
    const fetching = http.json({ path: '/x', method: 'POST', json: {} }, schema)
    await expect(fetching).rejects.toMatchObject({
      name: 'UpstreamError',
      failure: 'timeout',
      message: expect.stringContaining('Connect Timeout Error'),
    })
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['timeout', 'timeout', 'timeout'])
  })

  test.each([
    ['<html>login</html>', 'odcs: GET /x: the answer is not valid JSON: it is a page of HTML'],
    ['<!DOCTYPE html>\n<title>', 'odcs: GET /x: the answer is not valid JSON: it is a page of HTML'],
    ['', 'odcs: GET /x: the answer is not valid JSON: it is empty'],
    [
      '{"id":"7"}',
      "odcs: GET /x: unexpected answer at 'id': Invalid input: expected number, received string",
    ],
  ])('refuse the answer %s without a retry', async (body, message) => {
    const { url, received } = await serve((_request, response) => {
      response.end(body)
    })
    await expect(httpClient(url).json({ path: '/x' }, schema)).rejects.toThrow(message)
    expect(received).toHaveLength(1)
  })

  test('refuse an answer larger than allowed', async () => {
    const { url } = await serve((_request, response) => {
      response.end(JSON.stringify({ id: 1, filler: 'x'.repeat(5000) }))
    })
    const fetching = httpClient(url, { maxBodyBytes: 1000 }).json({ path: '/x' }, schema)
    await expect(fetching).rejects.toMatchObject({ failure: 'bad-answer' })
  })

  test('return null for a 404 only if the caller expects it', async () => {
    const { url } = await serve((_request, response) => sendJson(response, { error: 'Not Found' }, 404))
    expect(await httpClient(url).jsonOrNull({ path: '/x' }, schema)).toBeNull()
    await expect(httpClient(url).json({ path: '/x' }, schema)).rejects.toMatchObject({ status: 404 })
  })

  test('return null only for a 404 of the service itself, where its errors can be told from those of proxies', async () => {
    const bodies = ['{"error":"Not Found"}', '<html>404 Not Found</html>', '"Not Found"', '']
    const { url } = await serve(
      (_request, response, count) => void response.writeHead(404).end(bodies[count] ?? ''),
    )
    const careful = httpClient(url, { saysUnknown: hasBody() })
    expect(await careful.jsonOrNull({ path: '/x' }, schema)).toBeNull()
    for (const _page of bodies.slice(1))
      await expect(careful.jsonOrNull({ path: '/x' }, schema)).rejects.toMatchObject({
        blame: 'service',
        message: expect.stringMatching(/GET \/x: HTTP 404, which is not an answer of the service itself$/),
      })
  })

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (bytes: Buffer) => bytes],
    ['UTF-8', (bytes: Buffer) => bytes],
    ['aws-chunked, none', (bytes: Buffer) => bytes],
    ['gzip, br', (bytes: Buffer) => brotliCompressSync(gzipSync(bytes))],
  ])('request no compression, and read answers with the content encoding %s', async (encoding, encode) => {
    const { url, received } = await serve((_request, response, count) => {
      const body = encode(Buffer.from('{"id":7}'))
      response.writeHead(count === 0 ? 200 : 403, { 'Content-Encoding': encoding }).end(body)
    })
    expect(await httpClient(url).json({ path: '/x' }, schema)).toEqual({ id: 7 })
    expect(received[0]?.headers['accept-encoding']).toBe('identity')
    await expect(httpClient(url).json({ path: '/x' }, schema)).rejects.toMatchObject({ body: '{"id":7}' })
  })

  test.each([
    ['compress', Buffer.from('{"id":7}'), 'unreachable', "has the unknown content encoding 'compress'"],
    ['gzip', Buffer.from('{"id":7}'), 'unreachable', 'is not valid gzip'],
    ['deflate', Buffer.from('{"id":7}'), 'unreachable', 'is not valid deflate'],
    ['deflate', deflateRawSync(Buffer.alloc(100_000)), 'bad-answer', 'is larger than allowed'],
    ['gzip', gzipSync(Buffer.alloc(100_000)), 'bad-answer', 'is larger than allowed'],
  ])(
    'fail when an answer in %s cannot be decoded within its limit',
    async (encoding, bytes, failure, text) => {
      const { url } = await serve((_request, response) => {
        response.writeHead(200, { 'Content-Encoding': encoding }).end(bytes)
      })
      await expect(httpClient(url, { maxBodyBytes: 10_000 }).text({ path: '/x' })).rejects.toMatchObject({
        failure,
        message: expect.stringContaining(`the answer ${text}`),
      })
    },
  )

  test('are aborted when the caller gives up', async () => {
    const { url, received } = await serve(() => {})
    const fetching = httpClient(url).json({ path: '/x', signal: AbortSignal.abort() }, schema)
    await expect(fetching).rejects.toThrow('given up by the caller')
    expect(received).toHaveLength(0)
  })

  test('may be searches by POST, which are retried too', async () => {
    const { url, received } = await serve((_request, response, count) =>
      count === 0 ? sendJson(response, {}, 502) : sendJson(response, { id: 1 }),
    )
    await httpClient(url).json({ path: '/search', method: 'POST', effect: 'read', json: { a: 1 } }, schema)
    expect(received.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}'])
    expect(received[0]?.headers['content-type']).toBe('application/json')
  })
})
