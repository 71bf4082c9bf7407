/** Settings that no program starts with: each problem is one line that names the setting. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readSettings } from '../../../src/config/settings.ts'
import { BadSettings } from '../../../src/lib/errors.ts'
import { type Certificates, makeCertificates } from '../../support/servers/certificates.ts'

let folder: string
let certificates: Certificates
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'freshwave-settings-'))
  certificates = makeCertificates()
})
afterAll(() => {
  rmSync(folder, { recursive: true })
  certificates.remove()
})

type Unusable = { env?: Record<string, string>; file?: string; says: RegExp }

/** Functions, because certificates exist only when tests run. */
const UNUSABLE: Record<string, () => Unusable> = {
  'a TLS file of the bus is not there': () => ({
    env: {
      AMQP_URL: 'amqps://127.0.0.1:1',
      AMQP_CERT: '/no/such.crt',
      AMQP_KEY: certificates.path('client.key'),
    },
    says: /^AMQP_CERT: ENOENT: no such file or directory, open '\/no\/such\.crt'$/,
  }),
  'a TLS file of the bus is something else': () => ({
    env: { AMQP_URL: 'amqps://127.0.0.1:1', AMQP_CA: '/etc/passwd' },
    says: /^AMQP_CA: \/etc\/passwd is not a certificate in PEM format$/,
  }),
  'a key of the bus belongs to another certificate': () => ({
    env: {
      AMQP_URL: 'amqps://127.0.0.1:1',
      AMQP_CERT: certificates.path('client.crt'),
      AMQP_KEY: certificates.path('server.key'),
    },
    says: /^AMQP_CERT and AMQP_KEY: the key does not belong to the certificate$/,
  }),
  'authorities to trust are not there': () => ({
    file: 'requests_verify: /no/such.pem\n',
    says: /^\S+\.yaml:1: requests_verify: ENOENT: no such file or directory, open '\/no\/such\.pem'$/,
  }),
  'a certificate has no key': () => ({
    file: 'pulp_crt_path: /no/such.pem\n',
    says: /^\S+\.yaml:1: pulp_crt_path and \S+\.yaml: pulp_key_path: set both or neither$/,
  }),
  'the settings file is not there': () => ({
    env: { FRESHWAVE_CONFIG: 'no/such.yaml' },
    says: /^FRESHWAVE_CONFIG: ENOENT: no such file or directory, open 'no\/such\.yaml'$/,
  }),
  'groups of Kerberos users are nowhere to be found': () => ({
    env: { AUTH_BACKEND: 'kerberos' },
    says: /^Invalid configuration for kerberos authentication\. Not set: auth_ldap_server, auth_ldap_user_base$/,
  }),
  'roles are not given as roles': () => ({
    file: 'permissions: {admin: [me]}\n',
    says: /^\S+\.yaml:1: permissions: The permissions configuration must be a dictionary with the keys as role names/,
  }),
  'the certificate of the server is not there': () => ({
    env: { TLS_CERT: '/no/such.crt', TLS_KEY: certificates.path('server.key') },
    says: /^TLS_CERT: ENOENT: no such file or directory, open '\/no\/such\.crt'$/,
  }),
  'the key of the server belongs to another certificate': () => ({
    env: {
      TLS_CERT: certificates.path('server.crt'),
      TLS_KEY: certificates.path('client.key'),
    },
    says: /^TLS_CERT and TLS_KEY: the key does not belong to the certificate$/,
  }),
  'the authorities of client certificates are not certificates': () => ({
    env: {
      TLS_CERT: certificates.path('server.crt'),
      TLS_KEY: certificates.path('server.key'),
      TLS_CLIENT_CA: certificates.path('client.key'),
    },
    says: /^TLS_CLIENT_CA: \S+ is not a certificate in PEM format$/,
  }),
}

/** What a program reports instead of starting with these settings. */
function problemsOf({ env = {}, file = '' }: Unusable): string[] {
  const path = join(folder, 'settings.yaml')
  writeFileSync(path, file)
  try {
    readSettings({ environment: { FRESHWAVE_CONFIG: path, ...env } })
    return []
  } catch (error) {
    if (error instanceof BadSettings) return error.problems
    throw error
  }
}

it.each(Object.keys(UNUSABLE))('%s', (name) => {
  const unusable = UNUSABLE[name]?.()
  if (!unusable) throw new Error('not in the table')
  expect(problemsOf(unusable)).toEqual([expect.stringMatching(unusable.says)])
})
