/** TLS connections that fail before, while or after a request is sent: what may be repeated, and what the reason says. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { OutcomeUnknown } from '../../../../../src/lib/errors.ts'
import { createHttpClient, type HttpCall } from '../../../../../src/lib/http/client.ts'
import type { ClientOptions } from '../../../../../src/lib/http/options.ts'
import { clientOptions } from '../../../../support/lab/client-options.ts'
import { CERTIFICATE, PRIVATE_KEY } from '../../../../support/servers/test-certificate.ts'

const TLS = { key: PRIVATE_KEY, cert: CERTIFICATE }
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"id":1}'
/** A record of application data that no key fits. */
const RUBBISH = Buffer.concat([Buffer.from([0x17, 3, 3, 0, 32]), Buffer.alloc(32)])
const write = { path: '/composes/', method: 'POST', json: {} } as const
const schema = z.object({ id: z.number() })

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port // it listens on a port
}

/** Answers each request, unless `onRequest` does something else with the bytes on the wire. */
async function service(options: TlsOptions = {}, onRequest?: (wire: Socket) => void) {
  const requests: string[] = []
  const wires = new Map<number | undefined, Socket>()
  const inner = createTlsServer({ ...TLS, ...options }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      requests.push(bytes.toString())
      const wire = wires.get(socket.remotePort)
      if (onRequest && wire) onRequest(wire)
      else socket.write(ANSWER)
    })
  })
  const innerPort = await listen(inner)
  /** Whether the next connection is reset in its handshake. */
  const resets: boolean[] = []
  const opened: Socket[] = []
  onTestFinished(() => {
    for (const wire of opened) wire.destroy()
  })
  const outer = createServer((wire) => {
    opened.push(wire.on('error', () => undefined))
    if (resets.shift()) return void wire.once('data', () => wire.resetAndDestroy())
    const pipe = connect(innerPort, '127.0.0.1', () => wires.set(pipe.localPort, wire))
    pipe.on('error', () => undefined)
    wire.pipe(pipe).pipe(wire)
  })
  return { url: `https://127.0.0.1:${await listen(outer)}`, requests, resets }
}

function client(url: string, changes: Partial<ClientOptions> = {}) {
  const tlsSettings = { authorities: 'requests_verify', certificate: 'pulp_crt_path' }
  const options = clientOptions(url, { tls: { ca: CERTIFICATE }, tlsSettings, ...changes })
  const http = createHttpClient({ ...options, service: 'odcs' })
  onTestFinished(() => http.close())
  return http
}

describe('a write', () => {
  it('is repeated when the connection is reset in its handshake, and carried out once', async () => {
    const { url, requests, resets } = await service()
    resets.push(true, true)
    expect(await client(url).json(write, schema)).toEqual({ id: 1 })
    expect(requests).toHaveLength(1)
  })

  it('was not sent if no connection can be opened', async () => {
    const { url, resets } = await service()
    resets.push(true, true, true)
    await expect(client(url).json(write, schema)).rejects.toMatchObject({ failure: 'unreachable' })
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'may have been carried out when %s breaks after it was sent, of which the client learns at once',
    async (maxVersion) => {
      const { url, requests } = await service({ maxVersion }, (wire) => wire.write(RUBBISH))
      const failed = await client(url)
        .json(write, schema)
        .catch((thrown: unknown) => thrown)
      expect(failed).toBeInstanceOf(OutcomeUnknown)
      expect(String(failed)).toContain('odcs: POST /composes/: TLS connection broken (ERR_SSL_')
      expect(requests).toHaveLength(1)
    },
  )
})

it('a read is repeated when TLS breaks', async () => {
  let count = 0
  const { url, requests } = await service({}, (wire) => {
    count += 1
    wire.write(RUBBISH)
  })
  await expect(client(url).json({ path: '/x' }, schema)).rejects.toThrow('TLS connection broken')
  expect([count, requests.length]).toEqual([3, 3])
})

describe('the reason', () => {
  const strict = { requestCert: true, rejectUnauthorized: true, ca: CERTIFICATE }

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'names the setting of a client certificate that is missing with %s, and the request is not repeated',
    async (maxVersion) => {
      const calls: HttpCall[] = []
      const { url } = await service({ ...strict, maxVersion })
      const reading = client(url, { onCall: (call) => calls.push(call) }).json({ path: '/x' }, schema)
      await expect(reading).rejects.toThrow(
        /(TLS handshake failed|the other side requires a client certificate) \(ERR_SSL_.*\); see the setting pulp_crt_path$/,
      )
      expect(calls).toHaveLength(1)
    },
  )

  it('names the setting of the authorities', async () => {
    const { url } = await service()
    await expect(client(url, { tls: {} }).json({ path: '/x' }, schema)).rejects.toThrow(
      'TLS connection not trusted (DEPTH_ZERO_SELF_SIGNED_CERT): self-signed certificate; see the setting requests_verify',
    )
  })

  it('names each address of a host', async () => {
    const lookup: ClientOptions['lookup'] = (_host, _options, callback) =>
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ])
    const http = client('http://two.test:1', { lookup })
    await expect(http.json({ path: '/x' }, schema)).rejects.toThrow(
      /connect ECONNREFUSED 127\.0\.0\.1:1; connect ECONNREFUSED 127\.0\.0\.2:1$/,
    )
  })
})
