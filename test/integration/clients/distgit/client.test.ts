/** Reading rule files safely: hosts, redirects and sizes (behaviour/greenwave 4.4). */
import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createDistGitClient } from '../../../../src/clients/distgit/client.ts'
import { eventually } from '../../../support/eventually.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { type Answer, serve } from '../../../support/servers/http-server.ts'
import { CERTIFICATE } from '../../../support/servers/test-certificate.ts'
import { serveBoth } from '../../../support/servers/two-protocols.ts'

const client = createDistGitClient(clientOptions(''))
const configured = () => ({ isConfigured: true, signal: AbortSignal.timeout(60_000) })
const unknown = () => ({ isConfigured: false, signal: AbortSignal.timeout(60_000) })

const fileOf = (content: string) => ({ kind: 'file', bytes: new TextEncoder().encode(content) })

function redirecting(to: (path: string) => string | undefined, status = 302): Answer {
  return ({ url }, response) => {
    const location = to(url)
    if (location === undefined) response.end('the file')
    else response.writeHead(status, { location }).end('moved')
  }
}

describe('a file', () => {
  it('is not a part of one, whose connection is reset: its server did not announce a length', async () => {
    const { url, received } = await serve((_request, { socket }) => {
      socket?.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n--- !Policy\nrules:\n- !PassingTest', () =>
        socket.resetAndDestroy(),
      )
    })
    await expect(client.read(`${url}/a`, configured())).rejects.toMatchObject({ failure: 'unreachable' })
    expect(received).toHaveLength(3)
  })

  it('is returned as bytes; 404 means that it does not exist', async () => {
    const { url, received } = await serve(({ url: path }, response) => {
      if (path === '/a') response.end('--- !Policy\nid: ä\n')
      else if (path === '/latin1') response.end(Buffer.from([0x69, 0xe4, 0xff]))
      else response.writeHead(404).end('<html>')
    })
    expect(await client.read(`${url}/a`, configured())).toEqual(fileOf('--- !Policy\nid: ä\n'))
    expect(await client.read(`${url}/latin1`, configured())).toEqual({
      kind: 'file',
      bytes: new Uint8Array([0x69, 0xe4, 0xff]),
    })
    expect(await client.read(`${url}/b`, configured())).toEqual({ kind: 'absent' })
    expect(received).toHaveLength(3)
  })

  it('may be empty, but not longer than the limit', async () => {
    const { url } = await serve(({ url: path }, response) => {
      response.end(path === '/empty' ? '' : '#'.repeat(1024 * 1024 + 1))
    })
    expect(await client.read(`${url}/empty`, configured())).toEqual(fileOf(''))
    expect(await client.read(`${url}/big`, configured())).toEqual({ kind: 'too-large', limit: 1024 * 1024 })
  })

  it.each([201, 204, 205, 206])('is not in an answer with %i, which is not an empty file', async (status) => {
    const { url } = await serve((_request, response) => void response.writeHead(status).end())
    await expect(client.read(`${url}/a`, configured())).rejects.toMatchObject({
      blame: 'service',
      message: expect.stringMatching(`HTTP ${status}, which is not an answer with a whole file`),
    })
  })

  it('is read with the token in its address, also where that is redirected', async () => {
    const { url, received } = await serve(redirecting((path) => (path === '/a' ? '/b' : undefined)))
    expect(await client.read(`${url.replace('://', '://token@')}/a`, configured())).toEqual(
      fileOf('the file'),
    )
    const expected = `Basic ${Buffer.from('token:').toString('base64')}`
    expect(received.map(({ headers }) => headers.authorization)).toEqual([expected, expected])
  })

  it.each([403, 500, 410])('answered with %i is a failure with that status', async (status) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(status).end('why')
    })
    await expect(client.read(`${url}/a`, configured())).rejects.toMatchObject({
      failure: 'status',
      status,
      body: 'why',
    })
  })
})

describe('a host that does not answer', () => {
  it('keeps no file of another host waiting', async () => {
    const hanging = await serve(() => undefined)
    const { url } = await serve((_request, response) => {
      response.end('the file')
    })
    const narrow = createDistGitClient({ ...clientOptions(''), concurrency: 2 })
    const stop = new AbortController()
    const how = { isConfigured: true, signal: stop.signal }
    const waiting = ['a', 'b', 'c', 'd'].map((path) => narrow.read(`${hanging.url}/${path}`, how))
    const ended = Promise.allSettled(waiting)
    await eventually(
      () => hanging.received.length,
      (count) => count === 2,
    )
    expect(await narrow.read(`${url}/a`, configured())).toEqual(fileOf('the file'))
    expect(hanging.received).toHaveLength(2)
    stop.abort()
    expect((await ended).map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
    await narrow.close()
  })
})

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('of status %i on the same host is followed', async (status) => {
    const { url } = await serve(redirecting((path) => (path === '/a' ? '/b' : undefined), status))
    expect(await client.read(`${url}/a`, configured())).toEqual(fileOf('the file'))
  })

  it('to another host is not followed, not even to another port', async () => {
    const target = await serve((_request, response) => {
      response.end('secret')
    })
    const { url } = await serve(redirecting(() => `${target.url}/x`))
    await expect(client.read(`${url}/a`, configured())).rejects.toMatchObject({
      failure: 'status',
      status: 302,
      body: expect.stringContaining(`redirects to another host (${target.url}/x)`),
    })
    expect(target.received).toEqual([])
  })

  it.each(['file:///etc/passwd', 'https://127.0.0.1/', '//evil.example.com/x', 'http://[broken'])(
    'to %j is not followed',
    async (location) => {
      const { url, received } = await serve(redirecting((path) => (path === '/a' ? location : 'x')))
      await expect(client.read(`${url}/a`, configured())).rejects.toMatchObject({ failure: 'status' })
      expect(received.length).toBeLessThanOrEqual(6)
    },
  )

  it('from http to https on the same host is followed, but not back', async () => {
    const toSecure: RequestListener = ({ url: path }, response) => {
      if (path === '/plain') response.end('plain')
      else response.writeHead(301, { location: `https://127.0.0.1:${port}${path}` }).end()
    }
    const port = await serveBoth(toSecure, ({ url: path }, response) => {
      if (path === '/a') response.end('the file')
      else response.writeHead(302, { location: `http://127.0.0.1:${port}/plain` }).end()
    })
    const trusting = createDistGitClient(clientOptions('', { tls: { ca: CERTIFICATE } }))
    expect(await trusting.read(`http://127.0.0.1:${port}/a`, configured())).toEqual(fileOf('the file'))
    await expect(trusting.read(`https://127.0.0.1:${port}/b`, configured())).rejects.toMatchObject({
      failure: 'status',
      status: 302,
      body: expect.stringContaining(`redirects to another protocol (http://127.0.0.1:${port}/plain)`),
    })
  })

  it.each([undefined, ''])('without a location (%j) is a failure like any other status', async (location) => {
    const { url, received } = await serve((_request, response) => {
      response.writeHead(302, location === undefined ? {} : { location }).end('why')
    })
    await expect(client.read(`${url}/a`, configured())).rejects.toMatchObject({
      failure: 'status',
      status: 302,
      message: `dist-git: GET ${url}/a: HTTP 302`,
      body: 'why',
    })
    expect(received).toHaveLength(1)
  })

  it('that is not followed is reported without the credentials of both addresses', async () => {
    const { url } = await serve(redirecting(() => 'http://me:hunter2@git.example.com/x?token=hunter2'))
    const secret = url.replace('http://', 'http://me:hunter2@')
    const target = 'http://me:***@git.example.com/x?token=***'
    await expect(client.read(`${secret}/a`, configured())).rejects.toMatchObject({
      message: `dist-git: GET ${url.replace('http://', 'http://me:***@')}/a: HTTP 302 redirects to another host (${target}`,
    })
  })

  it('that never ends is given up', async () => {
    const { url, received } = await serve(redirecting((path) => `${path}x`))
    await expect(client.read(`${url}/a`, configured())).rejects.toThrow('redirects more than 5 times')
    expect(received).toHaveLength(6)
  })
})

describe('an unconfigured host', () => {
  it('must have a public address, given by name or by number', async () => {
    const { url, received } = await serve((_request, response) => {
      response.end('secret')
    })
    const { port } = new URL(url)
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '0x7f.1',
      '2130706433',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
    ])
      await expect(client.read(`http://${host}:${port}/a`, unknown())).rejects.toMatchObject({
        failure: 'unreachable',
        message: expect.stringMatching(/n(o|either a) public address/),
      })
    expect(received).toEqual([])
  })

  it('may have any address once it is configured', async () => {
    const { url } = await serve((_request, response) => {
      response.end('inner')
    })
    const { port } = new URL(url)
    expect(await client.read(`http://localhost:${port}/a`, configured())).toEqual(fileOf('inner'))
  })
})

describe('an address', () => {
  it.each(['file:///etc/passwd', 'ftp://example.com/x', 'gating.yaml', '', 'javascript:alert(1)'])(
    '%j is refused before anything is sent',
    async (url) => {
      await expect(client.read(url, configured())).rejects.toThrow('is not an http or https URL')
    },
  )
})
