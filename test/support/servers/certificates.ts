/** TLS certificates for tests: an authority and certificates signed by it, made with the system's openssl. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `address`: an IP that the certificate is for, besides the name localhost. */
type Issue = { authority?: string; isExpired?: boolean; address?: string }

export type Certificates = {
  /** Path of a PEM file in the folder, e.g. `client.key`. */
  path(name: string): string
  pem(name: string): string
  /**
   * Adds `name.key` and `name.crt` with a subject as openssl takes it (`/O=Example/CN=robot`), signed by `authority`
   * (`ca` unless another was added), or self-signed if that is `name`.
   */
  issue(name: string, subject: string, options?: Issue): void
  remove(): void
}

/** `ca.crt`, and `server` (for localhost) and `client` as `.key` and `.crt`, valid for a day. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-tls-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const issue: Certificates['issue'] = (
    name,
    subject,
    { authority = 'ca', isExpired = false, address } = {},
  ) => {
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      `${name}.key`,
    ]
    const by = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`]
    const extension = ['-addext', `subjectAltName=DNS:localhost${address ? `,IP:${address}` : ''}`]
    const signed = authority === name ? [] : [...by, ...extension]
    openssl('req', '-x509', '-utf8', ...key, '-out', `${name}.crt`, ...signed, '-days', '1', '-subj', subject)
    if (!isExpired) return
    openssl('x509', '-x509toreq', '-in', `${name}.crt`, '-signkey', `${name}.key`, '-out', `${name}.csr`)
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', '-1', '-out', `${name}.crt`)
  }
  issue('ca', '/CN=test CA', { authority: 'ca' })
  issue('server', '/CN=localhost')
  issue('client', '/CN=freshwave')
  const path = (name: string) => join(folder, name)
  return {
    path,
    issue,
    pem: (name) => readFileSync(path(name), 'utf8'),
    remove: () => rmSync(folder, { recursive: true }),
  }
}
