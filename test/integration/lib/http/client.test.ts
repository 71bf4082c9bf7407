/** The HTTP client against real servers that refuse, hang, drop connections and send garbage. */
import { X509Certificate } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { OutcomeUnknown, UpstreamError } from '../../../../src/lib/errors.ts'
import { hasBody } from '../../../../src/lib/http/answer.ts'
import { type ClientOptions, createHttpClient, type HttpCall } from '../../../../src/lib/http/client.ts'
import type { HttpOptions } from '../../../../src/lib/http/options.ts'
import { readAbout } from '../../../../src/lib/version.ts'
import { clientOptions, logOfRetries } from '../../../support/lab/client-options.ts'
import { makeCertificates } from '../../../support/servers/certificates.ts'
import { DEAD_URL, sendJson, serve } from '../../../support/servers/http-server.ts'
import { CERTIFICATE, PRIVATE_KEY } from '../../../support/servers/test-certificate.ts'
import { stopClock } from '../../../support/stopped-clock.ts'

const schema = z.object({ id: z.number() })
/** Longer than any pause between attempts here. */
const MAX_RETRY_MS = 100

function client(
  url: string,
  { saysUnknown, ...changes }: Partial<ClientOptions> & Pick<HttpOptions, 'saysUnknown'> = {},
) {
  return createHttpClient({ ...clientOptions(url, changes), service: 'odcs', saysUnknown })
}

describe('reads', () => {
  test('append path and query to the base URL and return checked JSON', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, { id: 7, more: true }))
    const answer = await client(`${url}/root/`).json(
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
      expect(await client(url).json({ path: '/x' }, schema)).toEqual({ id: 1 })
      expect(received).toHaveLength(3)
    },
  )

  test('fail after the last attempt with the status and a body cut to 500 characters', async () => {
    const { url, received } = await serve((_request, response) => {
      response.writeHead(503).end('x'.repeat(2000))
    })
    const error = await client(url)
      .json({ path: '/x' }, schema)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UpstreamError)
    expect(error).toMatchObject({ message: 'odcs: GET /x: HTTP 503', failure: 'status', status: 503 })
    expect((error as UpstreamError).body).toHaveLength(500)
    expect(received).toHaveLength(3)
  })

  test('are not retried after a client error', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, { error: 'no' }, 403))
    await expect(client(url).json({ path: '/x' }, schema)).rejects.toMatchObject({
      status: 403,
      body: '{"error":"no"}',
    })
    expect(received).toHaveLength(1)
  })

  test('fail instead of waiting longer than the maximum delay', async () => {
    const { url, received } = await serve((_request, response) => {
      sendJson(response, {}, 503, { 'retry-after': '60' })
    })
    await expect(client(url).json({ path: '/x', maxDelayMs: 5000 }, schema)).rejects.toThrow(
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
    const fetching = client(url, { log }).json({ path: '/x', signal: given.signal }, schema)
    await expect(fetching).rejects.toThrow('odcs: GET /x: HTTP 503')
    expect(received).toHaveLength(1)
  })

  test('wait as long as Retry-After requests', async () => {
    const { url } = await serve((_request, response, count) =>
      count === 0 ? sendJson(response, {}, 429, { 'retry-after': '1' }) : sendJson(response, { id: 1 }),
    )
    const started = performance.now()
    await client(url).json({ path: '/x' }, schema)
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
  })

  test('time out at each attempt when a service hangs', async () => {
    const { url, received } = await serve(() => {})
    const { pass, until } = stopClock()
    const fetching = client(url, { timeoutMs: 60_000 }).json({ path: '/slow' }, schema)
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
    const fetching = client(url, { timeoutMs: 60 }).json({ path: '/slow' }, schema)
    await expect(fetching).rejects.toMatchObject({ failure: 'timeout' })
  })

  test('are retried after a connection broke in the middle of the answer', async () => {
    const { url } = await serve((_request, response, count) => {
      if (count > 0) return sendJson(response, { id: 5 })
      response.writeHead(200, { 'content-length': '100' }).write('{"id":')
      setTimeout(() => response.destroy(), 5)
    })
    expect(await client(url).json({ path: '/x' }, schema)).toEqual({ id: 5 })
  })

  test('name the service that is unreachable', async () => {
    const error = await client(DEAD_URL)
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
    const http = client(url, { timeoutMs: 200, onCall: (call) => attempts.push(call) })
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
    await expect(client(url).json({ path: '/x' }, schema)).rejects.toThrow(message)
    expect(received).toHaveLength(1)
  })

  test('refuse an answer larger than allowed', async () => {
    const { url } = await serve((_request, response) => {
      response.end(JSON.stringify({ id: 1, filler: 'x'.repeat(5000) }))
    })
    const fetching = client(url, { maxBodyBytes: 1000 }).json({ path: '/x' }, schema)
    await expect(fetching).rejects.toMatchObject({ failure: 'bad-answer' })
  })

  test('return null for a 404 only if the caller expects it', async () => {
    const { url } = await serve((_request, response) => sendJson(response, { error: 'Not Found' }, 404))
    expect(await client(url).jsonOrNull({ path: '/x' }, schema)).toBeNull()
    await expect(client(url).json({ path: '/x' }, schema)).rejects.toMatchObject({ status: 404 })
  })

  test('return null only for a 404 of the service itself, where its errors can be told from those of proxies', async () => {
    const bodies = ['{"error":"Not Found"}', '<html>404 Not Found</html>', '"Not Found"', '']
    const { url } = await serve(
      (_request, response, count) => void response.writeHead(404).end(bodies[count] ?? ''),
    )
    const careful = client(url, { saysUnknown: hasBody() })
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
    expect(await client(url).json({ path: '/x' }, schema)).toEqual({ id: 7 })
    expect(received[0]?.headers['accept-encoding']).toBe('identity')
    await expect(client(url).json({ path: '/x' }, schema)).rejects.toMatchObject({ body: '{"id":7}' })
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
      await expect(client(url, { maxBodyBytes: 10_000 }).text({ path: '/x' })).rejects.toMatchObject({
        failure,
        message: expect.stringContaining(`the answer ${text}`),
      })
    },
  )

  test('follow redirects', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/new') return sendJson(response, { id: 9 })
      response.writeHead(302, { location: '/new' }).end()
    })
    expect(await client(url).json({ path: '/old' }, schema)).toEqual({ id: 9 })
  })

  test.each(['http://', 'http://[', 'ftp://127.0.0.1/x', 'javascript:login()'])(
    'say that a service redirects to %s, which is not an address',
    async (location) => {
      const { url } = await serve((_request, response) => void response.writeHead(302, { location }).end())
      await expect(client(url).json({ path: '/x' }, schema)).rejects.toMatchObject({
        failure: 'unreachable',
        message: 'odcs: GET /x: the service redirects to an address that is not valid',
      })
    },
  )

  test.each([
    [
      'https://me:secret@login.example.com/auth?code=secret#token=secret',
      ' (moved to https://me:***@login.example.com/auth)',
    ],
    [`/login${'x'.repeat(5000)}`, ` (moved to /login${'x'.repeat(194)})`],
    ['', ''],
  ])(
    'show where to a redirect that is not followed leads, without what lets in (%#)',
    async (location, shown) => {
      const { url } = await serve(
        (_request, response) => void response.writeHead(307, location ? { location } : {}).end(),
      )
      await expect(client(url).json({ path: '/x', followRedirects: false }, schema)).rejects.toMatchObject({
        message: `odcs: GET /x: HTTP 307${shown}`,
      })
    },
  )

  test('do not send credentials to another host', async () => {
    const other = await serve((_request, response) => sendJson(response, { id: 9 }))
    const { url, received } = await serve((_request, response) => {
      response.writeHead(302, { location: other.url }).end()
    })
    const headers = { authorization: 'Bearer secret', cookie: 'session=secret' }
    expect(await client(url).json({ path: '/x', headers }, schema)).toEqual({ id: 9 })
    expect(received[0]?.headers).toMatchObject(headers)
    expect(JSON.stringify(other.received[0]?.headers)).not.toContain('secret')
  })

  test.each([
    ['me:pass%40word', 'me:pass@word'],
    ['token', 'token:'],
    ['me:100%', 'me:100%'],
  ])('log in with what is in the address: %s', async (login, sent) => {
    const { url, received } = await serve((_request, response) => sendJson(response, { id: 1 }))
    const http = client(url.replace('://', `://${login}@`))
    await http.json({ path: '/x@y' }, schema)
    await http.json({ path: '/x', headers: { authorization: 'Negotiate fresh' } }, schema)
    await client(url).json({ path: '/x@y' }, schema)
    expect(received.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from(sent).toString('base64')}`,
      'Negotiate fresh',
      undefined,
    ])
  })

  test('report that a service redirects in a loop', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(302, { location: '/here' }).end()
    })
    await expect(client(url).json({ path: '/here' }, schema)).rejects.toMatchObject({
      failure: 'unreachable',
      message: 'odcs: GET /here: the service redirects endlessly',
    })
  })

  test('are aborted when the caller gives up', async () => {
    const { url, received } = await serve(() => {})
    const fetching = client(url).json({ path: '/x', signal: AbortSignal.abort() }, schema)
    await expect(fetching).rejects.toThrow('given up by the caller')
    expect(received).toHaveLength(0)
  })

  test('may be searches by POST, which are retried too', async () => {
    const { url, received } = await serve((_request, response, count) =>
      count === 0 ? sendJson(response, {}, 502) : sendJson(response, { id: 1 }),
    )
    await client(url).json({ path: '/search', method: 'POST', effect: 'read', json: { a: 1 } }, schema)
    expect(received.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}'])
    expect(received[0]?.headers['content-type']).toBe('application/json')
  })
})

describe('writes', () => {
  const write = { path: '/composes/', method: 'POST', json: { source: {} } } as const

  test('are sent once when the connection breaks after the request arrived', async () => {
    const { url, received } = await serve((_request, response) => {
      response.destroy()
    })
    await expect(client(url).json(write, schema)).rejects.toBeInstanceOf(OutcomeUnknown)
    expect(received).toHaveLength(1)
  })

  test('have an unknown outcome after a time-out', async () => {
    const { url, received } = await serve(() => {})
    const { pass, until } = stopClock()
    const writing = client(url, { timeoutMs: 50_000 }).json(write, schema)
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
      await expect(client(url).json(write, schema)).rejects.toBeInstanceOf(OutcomeUnknown)
      expect(received).toHaveLength(1)
    },
  )

  test('have an unknown outcome when the answer cannot be read', async () => {
    const { url } = await serve((_request, response) => sendJson(response, { id: 'x' }))
    await expect(client(url).json(write, schema)).rejects.toBeInstanceOf(OutcomeUnknown)
  })

  test.each([400, 403, 409, 429])('were not carried out when the answer is %i', async (status) => {
    const { url, received } = await serve((_request, response) => sendJson(response, {}, status))
    await expect(client(url).json(write, schema)).rejects.toBeInstanceOf(UpstreamError)
    expect(received).toHaveLength(1)
  })

  test('are retried while the connection is refused, and certainly not carried out', async () => {
    const calls: HttpCall[] = []
    const refused = client(DEAD_URL, { onCall: (call) => calls.push(call) }).json(write, schema)
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
      expect(await client(url).json(request, schema)).toEqual({ id: 3 })
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
      await expect(client(url).json(write, schema)).rejects.toThrow(`HTTP 302 (moved to ${location})`)
      expect(received).toHaveLength(1)
    },
  )

  test('are not redirected into a GET', async () => {
    const { url, received } = await serve((_request, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    await expect(client(url).json(write, schema)).rejects.toThrow('HTTP 302 (moved to /elsewhere)')
    expect(received).toHaveLength(1)
  })
})

describe('TLS', () => {
  /** A server that refuses clients without a certificate it trusts. */
  async function secureUrl(): Promise<string> {
    const server = createServer(
      { key: PRIVATE_KEY, cert: CERTIFICATE, ca: CERTIFICATE, requestCert: true, rejectUnauthorized: true },
      (_request, response) => sendJson(response, { id: 1 }),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test('the client presents its certificate and trusts the configured authority', async () => {
    const tls = { cert: CERTIFICATE, key: PRIVATE_KEY, ca: CERTIFICATE }
    expect(await client(await secureUrl(), { tls }).json({ path: '/x' }, schema)).toEqual({ id: 1 })
  })

  test('a server with an unknown authority is not trusted, and there is no retry', async () => {
    const calls: HttpCall[] = []
    const http = client(await secureUrl(), {
      tls: { cert: CERTIFICATE, key: PRIVATE_KEY },
      onCall: (call) => calls.push(call),
    })
    await expect(http.json({ path: '/x' }, schema)).rejects.toThrow(
      'TLS connection not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)',
    )
    expect(calls).toHaveLength(1)
  })

  test('a server without TLS is named as such, and there is no retry', async () => {
    const calls: HttpCall[] = []
    const { url } = await serve((_request, response) => sendJson(response, { id: 1 }))
    const http = client(url.replace('http:', 'https:'), { onCall: (call) => calls.push(call) })
    await expect(http.json({ path: '/x' }, schema)).rejects.toThrow(
      'the server does not speak TLS at this port; its address may be http:// (ERR_SSL_',
    )
    expect(calls).toHaveLength(1)
  })

  test('a server that speaks other versions of TLS is not reported as untrusted', async () => {
    const options = {
      cert: CERTIFICATE,
      key: PRIVATE_KEY,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    } as const
    const server = createServer(options, (_request, response) => sendJson(response, { id: 1 }))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const http = client(`https://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await expect(http.json({ path: '/x' }, schema)).rejects.toThrow(/TLS handshake failed \(ERR_SSL_/)
  })

  test('a renewed client certificate is used for the next connection, once both of its files have been written', async () => {
    const certificates = makeCertificates()
    onTestFinished(certificates.remove)
    const serial = (pem: string) => new X509Certificate(pem).serialNumber
    const used: string[] = []
    const server = createServer(
      {
        key: certificates.pem('server.key'),
        cert: certificates.pem('server.crt'),
        ca: certificates.pem('ca.crt'),
        requestCert: true,
      },
      ({ socket }, response) => {
        used.push((socket as TLSSocket).getPeerCertificate().serialNumber) // of an HTTPS server
        response.setHeader('connection', 'close')
        sendJson(response, { id: 1 })
      },
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    let [cert, key] = [certificates.pem('client.crt'), certificates.pem('client.key')]
    const http = client(`https://localhost:${(server.address() as AddressInfo).port}`, {
      tlsFiles: () => ({ cert, key, ca: certificates.pem('ca.crt') }),
    })
    const first = serial(cert)
    await http.json({ path: '/x' }, schema)
    certificates.issue('client', '/CN=freshwave')
    cert = certificates.pem('client.crt')
    await http.json({ path: '/x' }, schema)
    key = certificates.pem('client.key')
    await http.json({ path: '/x' }, schema)
    expect(used).toEqual([first, first, serial(cert)])
  })

  test('renewed authorities are trusted from the next connection on, once they can be read', async () => {
    const [before, after] = [makeCertificates(), makeCertificates()]
    onTestFinished(before.remove)
    onTestFinished(after.remove)
    const server = createServer(
      { key: after.pem('server.key'), cert: after.pem('server.crt') },
      (_request, response) => {
        response.setHeader('connection', 'close')
        sendJson(response, { id: 1 })
      },
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    let ca = before.pem('ca.crt')
    const http = client(`https://localhost:${(server.address() as AddressInfo).port}`, {
      tlsFiles: () => ({ ca }),
    })
    const attempt = () => http.json({ path: '/x' }, schema)
    await expect(attempt()).rejects.toThrow('TLS connection not trusted')
    ca = after.pem('ca.crt')
    expect(await attempt()).toEqual({ id: 1 })
    ca = ''
    expect(await attempt()).toEqual({ id: 1 })
  })

  test('a client without a certificate is refused', async () => {
    const http = client(await secureUrl(), { tls: { ca: CERTIFICATE } })
    await expect(http.json({ path: '/x' }, schema)).rejects.toMatchObject({ failure: 'unreachable' })
  })
})

describe('the client', () => {
  test('sends its user agent, unless the options contain another one', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, { id: 1 }))
    await client(url).json({ path: '/x' }, schema)
    await client(url).json({ path: '/x', method: 'POST', json: {} }, schema)
    const headers = { 'user-agent': 'other-client/2' }
    await createHttpClient({ ...clientOptions(url), service: 'odcs', headers }).json({ path: '/x' }, schema)
    const own = `freshwave/${readAbout().version}`
    expect(received.map((request) => request.headers['user-agent'])).toEqual([own, own, 'other-client/2'])
  })

  test('never exceeds the concurrency limit, and completes all calls', async () => {
    let under = 0
    let max = 0
    const { url } = await serve(async (_request, response) => {
      under += 1
      max = Math.max(max, under)
      await new Promise((resolve) => setTimeout(resolve, 10))
      under -= 1
      sendJson(response, { id: 1 })
    })
    const http = client(url, { concurrency: 3 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => http.json({ path: '/x' }, schema)))
    expect(answers).toHaveLength(20)
    expect(max).toBe(3)
  })

  test('does not count the wait for a slot as time of the attempt', async () => {
    const responses: ServerResponse[] = []
    const { url } = await serve((_request, response) => void responses.push(response))
    const { pass, until } = stopClock()
    const retry = { attempts: 1, firstDelayMs: 1 }
    const http = client(url, { concurrency: 1, timeoutMs: 60_000, retry })
    const fetching = Promise.all(Array.from({ length: 5 }, () => http.json({ path: '/x' }, schema)))
    for (let answered = 0; answered < 5; answered += 1) {
      await until(responses, answered + 1)
      await pass(50_000)
      for (const response of responses.slice(answered)) sendJson(response, { id: 1 })
    }
    await fetching
  })

  test('reports the outcome of each attempt to the metrics', async () => {
    const calls: HttpCall[] = []
    const { url } = await serve((_request, response, count) =>
      count === 0 ? sendJson(response, {}, 503) : sendJson(response, count === 1 ? { id: 1 } : {}),
    )
    const http = client(url, { onCall: (call) => calls.push(call) })
    await http.json({ path: '/x' }, schema)
    await http.json({ path: '/x' }, schema).catch(() => {})
    expect(calls.map(({ service, outcome }) => [service, outcome])).toEqual([
      ['odcs', 'status'],
      ['odcs', 'ok'],
      ['odcs', 'odd-answer'],
    ])
    expect(calls[0]?.ms).toBeGreaterThan(0)
  })

  test('gets fresh credentials once when the old ones are refused', async () => {
    const { url, received } = await serve((request, response) =>
      request.headers.authorization === 'Negotiate ticket-2'
        ? sendJson(response, { id: 1 })
        : sendJson(response, {}, 401),
    )
    let tickets = 0
    const authorize = async () => ({ authorization: `Negotiate ticket-${++tickets}` })
    const http = createHttpClient({ ...clientOptions(url), service: 'odcs', authorize })
    expect(await http.json({ path: '/x', method: 'POST', json: {} }, schema)).toEqual({ id: 1 })
    await expect(http.json({ path: '/x' }, schema)).rejects.toMatchObject({ status: 401 })
    expect(received).toHaveLength(4)
  })

  test('sends nothing without credentials, and does not report that as a failure of the service', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, { id: 1 }))
    const authorize = async () => {
      throw new Error('no ticket')
    }
    const http = createHttpClient({ ...clientOptions(url), service: 'odcs', authorize })
    await expect(http.json({ path: '/x', method: 'POST', json: {} }, schema)).rejects.toThrow(/^no ticket$/)
    expect(received).toHaveLength(0)
  })

  test('does not disguise a bug in our own code as a bad answer', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, { id: 1 }))
    const broken = schema.transform((): number => {
      throw new TypeError('our mistake')
    })
    await expect(client(url).json({ path: '/x' }, broken)).rejects.toThrow(TypeError)
    expect(received).toHaveLength(1)
  })

  test('reuses its connections, and closes them at the end', async () => {
    const ports = new Set<unknown>()
    const { url } = await serve((_request, response) => {
      ports.add(response.socket?.remotePort)
      sendJson(response, { id: 1 })
    })
    const http = client(url)
    for (let count = 0; count < 20; count += 1) await http.json({ path: '/x' }, schema)
    expect(ports.size).toBeLessThanOrEqual(4)
    await http.close()
    await expect(http.json({ path: '/x', attempts: 1 }, schema)).rejects.toBeInstanceOf(UpstreamError)
  })
})
