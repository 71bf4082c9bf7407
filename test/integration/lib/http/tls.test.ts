/** The HTTP client over TLS: certificates of both sides, renewed while it runs, and servers that do not fit. */
import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HttpCall } from '../../../../src/lib/http/client.ts'
import { makeCertificates } from '../../../support/servers/certificates.ts'
import { httpClient, schema } from '../../../support/servers/http-client.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'
import { CERTIFICATE, PRIVATE_KEY } from '../../../support/servers/test-certificate.ts'

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
    expect(await httpClient(await secureUrl(), { tls }).json({ path: '/x' }, schema)).toEqual({ id: 1 })
  })

  test('a server with an unknown authority is not trusted, and the request is not repeated', async () => {
    const calls: HttpCall[] = []
    const http = httpClient(await secureUrl(), {
      tls: { cert: CERTIFICATE, key: PRIVATE_KEY },
      onCall: (call) => calls.push(call),
    })
    await expect(http.json({ path: '/x' }, schema)).rejects.toThrow(
      'TLS connection not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)',
    )
    expect(calls).toHaveLength(1)
  })

  test('a server without TLS is named as such, and the request is not repeated', async () => {
    const calls: HttpCall[] = []
    const { url } = await serve((_request, response) => sendJson(response, { id: 1 }))
    const http = httpClient(url.replace('http:', 'https:'), { onCall: (call) => calls.push(call) })
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
    const http = httpClient(`https://127.0.0.1:${(server.address() as AddressInfo).port}`)
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
    const http = httpClient(`https://localhost:${(server.address() as AddressInfo).port}`, {
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
    const http = httpClient(`https://localhost:${(server.address() as AddressInfo).port}`, {
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
    const http = httpClient(await secureUrl(), { tls: { ca: CERTIFICATE } })
    await expect(http.json({ path: '/x' }, schema)).rejects.toMatchObject({ failure: 'unreachable' })
  })
})
