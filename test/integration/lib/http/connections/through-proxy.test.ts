/** Calls to https services by way of a proxy: what the proxy sees, what it cannot do, and what does not pass it. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { createDistGitClient } from '../../../../../src/clients/distgit/client.ts'
import { OutcomeUnknown } from '../../../../../src/lib/errors.ts'
import { createHttpClient } from '../../../../../src/lib/http/client.ts'
import type { ClientOptions } from '../../../../../src/lib/http/options.ts'
import { clientOptions } from '../../../../support/lab/client-options.ts'
import { makeCertificates } from '../../../../support/servers/certificates.ts'
import { sendJson, serve } from '../../../../support/servers/http-server.ts'
import { CERTIFICATE, PRIVATE_KEY } from '../../../../support/servers/test-certificate.ts'

/** No resolver knows it: only the proxy can lead there. */
const SERVICE = 'https://service.test'
const schema = z.object({ id: z.number() })
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port // it listens on a port

/** A TLS server for any name. */
async function service(options: { key: string; cert: string }): Promise<number> {
  const server = createTlsServer(options, (_request, response) => sendJson(response, { id: 1 }))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return portOf(server)
}

/** A proxy that makes every tunnel one to `port`; with `status` it refuses them, with `hangs` it does not answer. */
async function proxy(port: number, { status = 200, hangs = false } = {}) {
  const requests: { path: string | undefined; login: string | undefined }[] = []
  const sockets: Socket[] = []
  const server = createServer().on('connect', (request: IncomingMessage, socket: Socket) => {
    requests.push({ path: request.url, login: request.headers['proxy-authorization'] })
    sockets.push(socket.on('error', () => undefined))
    if (hangs) return
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} Refused\r\n\r\n`)
    const there = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      there.pipe(socket).pipe(there)
    })
    sockets.push(there.on('error', () => undefined))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { address: `127.0.0.1:${portOf(server)}`, requests }
}

const TLS = { key: PRIVATE_KEY, cert: CERTIFICATE }
const UNCHECKED = { rejectUnauthorized: false } // the certificate of these tests is for 127.0.0.1
const client = (changes: Partial<ClientOptions>, url = SERVICE) => {
  const http = createHttpClient({ ...clientOptions(url, { tls: UNCHECKED, ...changes }), service: 'odcs' })
  onTestFinished(() => http.close())
  return http
}
const failureOf = (work: Promise<unknown>) => work.catch((thrown: unknown) => thrown)

describe('a call to an https service', () => {
  it('passes the proxy in a tunnel, of which the proxy learns only host and port, and which is used again', async () => {
    const { address, requests } = await proxy(await service(TLS))
    const http = client({ proxy: { url: `http://user:p%40ss@${address}`, except: ['other.test'] } })
    for (const _ of [1, 2, 3, 4, 5, 6, 7, 8])
      expect(await http.json({ path: '/x' }, schema)).toEqual({ id: 1 })
    const login = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    expect(new Set(requests.map((request) => JSON.stringify(request)))).toEqual(
      new Set([JSON.stringify({ path: 'service.test:443', login })]),
    )
    expect(requests.length).toBeLessThan(8)
  })

  it('uses renewed TLS files, and trusts no certificate that the proxy might show', async () => {
    const certificates = makeCertificates()
    onTestFinished(certificates.remove)
    const [key, cert] = [certificates.pem('server.key'), certificates.pem('server.crt')]
    const { address } = await proxy(await service({ key, cert }))
    let ca = CERTIFICATE
    const http = client(
      { proxy: { url: `http://${address}`, except: [] }, tls: {}, tlsFiles: () => ({ ca }) },
      'https://service.test:8443',
    )
    expect(await failureOf(http.json({ path: '/x' }, schema))).toMatchObject({
      message: expect.stringContaining('TLS connection not trusted'),
    })
    ca = certificates.pem('ca.crt')
    expect(await failureOf(http.json({ path: '/x' }, schema))).toMatchObject({
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'), // it is for localhost
    })
  })

  it.each([
    [
      'refuses it',
      { status: 407 },
      /no tunnel through the proxy 127\.0\.0\.1:\d+: HTTP 407 for service\.test:443/,
    ],
    ['does not answer', { hangs: true }, /no tunnel through the proxy .*: no answer within 50 ms/],
  ])('that the proxy %s was certainly not sent', async (_what, how, text) => {
    const { address } = await proxy(0, how)
    const connectTimeoutMs = 'hangs' in how ? 100 : 20_000
    const http = client({ proxy: { url: `http://${address}`, except: [] }, connectTimeoutMs })
    const failure = await failureOf(http.json({ path: '/x', method: 'POST', json: {} }, schema))
    expect(failure).not.toBeInstanceOf(OutcomeUnknown)
    expect(failure).toMatchObject({ failure: 'unreachable', message: expect.stringMatching(text) })
  })
})

describe('the proxy is bypassed', () => {
  it('by calls to http services, to this machine, and to hosts that are excepted', async () => {
    const { address, requests } = await proxy(0, { status: 403 })
    const settings = { url: `http://${address}`, except: ['.service.test'] }
    const plain = await serve((_request, response) => sendJson(response, { id: 1 }))
    expect(await client({ proxy: settings }, plain.url).json({ path: '/x' }, schema)).toEqual({ id: 1 })
    const here = `https://127.0.0.1:${await service(TLS)}`
    expect(await client({ proxy: settings }, here).json({ path: '/x' }, schema)).toEqual({ id: 1 })
    expect(await failureOf(client({ proxy: settings }).json({ path: '/x' }, schema))).toMatchObject({
      message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    })
    expect(requests).toEqual([])
  })

  it('by reads of rule files on hosts that are not configured, since it would resolve names that are not public', async () => {
    const { address, requests } = await proxy(await service(TLS))
    const client = createDistGitClient({
      ...clientOptions('', { tls: UNCHECKED }),
      proxy: { url: `http://${address}`, except: [] },
    })
    onTestFinished(() => client.close())
    const how = { signal: AbortSignal.timeout(10_000) }
    expect(await client.read(`${SERVICE}/rules`, { ...how, isConfigured: true })).toMatchObject({
      kind: 'file',
    })
    expect(await failureOf(client.read(`${SERVICE}/rules`, { ...how, isConfigured: false }))).toMatchObject({
      message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    })
    expect(requests).toHaveLength(1)
  })
})
