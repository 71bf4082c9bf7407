/** Renewed certificates of our own TLS socket are used without a restart. */
import { copyFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { readOwnCertificate, renewOwnCertificate } from '../../../src/api/own-certificate.ts'
import { eventually } from '../../support/eventually.ts'
import { makeCertificates } from '../../support/servers/certificates.ts'

it('a renewed certificate is used for new connections, and one without its key is not', async () => {
  const certificates = makeCertificates()
  onTestFinished(certificates.remove)
  const files = {
    TLS_CERT: certificates.path('server.crt'),
    TLS_KEY: certificates.path('server.key'),
    TLS_CLIENT_CA: certificates.path('ca.crt'),
  }
  const used = readOwnCertificate(files)
  const server = createServer({ ...used, requestCert: true, rejectUnauthorized: false })
  const proved: boolean[] = []
  server.on('secureConnection', (socket) => proved.push(socket.authorized))
  onTestFinished(() => void server.close())
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const lines: string[] = []
  const log = pino({}, { write: (line) => lines.push(line) })
  onTestFinished(renewOwnCertificate(server, used, { files, log, everyMs: 20 }))
  const client = { cert: certificates.pem('client.crt'), key: certificates.pem('client.key') }
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const [ca, cert, key] = [certificates.pem('ca.crt'), client.cert, client.key]
      const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca, cert, key }, () => {
        resolve(socket.getPeerCertificate().fingerprint256)
        socket.end()
      }).on('error', reject)
    })
  const first = await shown()

  copyFileSync(certificates.path('client.key'), files.TLS_KEY)
  await eventually(
    () => lines.join(''),
    (text) => text.includes('could not use the renewed TLS certificate'),
  )
  expect(await shown()).toBe(first)

  certificates.issue('server', '/CN=localhost')
  await eventually(shown, (fingerprint) => fingerprint !== first)
  expect(lines.join('')).toContain('TLS certificate renewed')
  expect(proved).not.toContain(false) // clients log in as before
})
