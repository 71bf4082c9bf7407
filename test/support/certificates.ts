/** TLS certificates for tests: an authority and certificates signed by it, made with the system's openssl. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Certificates = {
  /** Path of a PEM file in the folder, e.g. `client.key`. */
  path(name: string): string
  pem(name: string): string
  remove(): void
}

/** `ca.crt`, and `server` (for localhost) and `client` as `.key` and `.crt`, valid for a day. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-tls-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '1', '-subj', '/CN=test CA')
  for (const [name, subject] of [
    ['server', '/CN=localhost'],
    ['client', '/CN=freshwave'],
  ] as const) {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`]
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-addext', 'subjectAltName=DNS:localhost']
    openssl('req', '-x509', ...key, ...files, ...signed, '-days', '1', '-subj', subject)
  }
  const path = (name: string) => join(folder, name)
  return {
    path,
    pem: (name) => readFileSync(path(name), 'utf8'),
    remove: () => rmSync(folder, { recursive: true }),
  }
}
