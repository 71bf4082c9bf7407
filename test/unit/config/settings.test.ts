/** The environment and the settings file together: which one precedes, and where a problem is reported. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectSettings, readSettings, serviceProblems } from '../../../src/config/settings.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'freshwave-settings-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const fileWith = (text: string) => {
  const path = join(folder, 'settings.yaml')
  writeFileSync(path, text)
  return path
}
const installed = { POLICIES_DIR: '/installed/policies' }

describe('a variable', () => {
  it('is taken from the environment, else from the file, else from the installation', () => {
    const path = fileWith('errata_tool_server_url: https://file\npolicies_dir: /file\nport: 1\n')
    const read = (environment: Record<string, string>) => readSettings({ path, environment, installed }).env
    expect(read({ PORT: '2', POLICIES_DIR: '/env' })).toMatchObject({
      ERRATA_URL: 'https://file',
      POLICIES_DIR: '/env',
      PORT: 2,
    })
    expect(read({})).toMatchObject({ POLICIES_DIR: '/file', PORT: 1 })
    const { env } = readSettings({ path: fileWith(''), environment: {}, installed })
    expect(env).toMatchObject({ POLICIES_DIR: '/installed/policies', PORT: 8080 })
  })

  it('that is empty is not set', () => {
    const environment = { PORT: '', FRESHWAVE_CONFIG: '' }
    const { env } = readSettings({ environment, installed: { FRESHWAVE_CONFIG: fileWith('port: 1\n') } })
    expect(env.PORT).toBe(1)
  })
})

describe('a proxy', () => {
  const read = (environment: Record<string, string>) =>
    inspectSettings({ path: fileWith(''), environment }).settings?.env

  it('may be written in lower case, and without the protocol', () => {
    const env = { https_proxy: 'proxy:3128', no_proxy: 'a.test, .b.test' }
    expect(read(env)).toMatchObject({ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: ['a.test', '.b.test'] })
    expect(read({ ...env, HTTPS_PROXY: 'https://me:p%40@other', NO_PROXY: '*' })).toMatchObject({
      HTTPS_PROXY: 'https://me:p%40@other',
      NO_PROXY: ['*'],
    })
    expect(read({ HTTP_PROXY: 'http://proxy:3128' })?.HTTPS_PROXY).toBeUndefined()
  })

  it.each(['socks5://proxy:1080', 'http://50%off@proxy'])('cannot be %s', (HTTPS_PROXY) => {
    expect(inspectSettings({ path: fileWith(''), environment: { HTTPS_PROXY } }).problems).toEqual([
      expect.stringMatching(/^HTTPS_PROXY: (must be http:|user and password must be percent-encoded)/),
    ])
  })
})

describe('problems', () => {
  it('of both sources are reported at once; those of a variable that the file sets name its option and line', () => {
    const path = fileWith('koji_retry: x\nport: 99999\nauth_backend: ldap\nhost: 127.0.0.1\n')
    const { problems, settings } = inspectSettings({ path, environment: { KOJI_BASE_URL: 'x' } })
    expect(settings).toBeUndefined()
    expect(problems).toEqual([
      `${path}:2: port: expected at most 65535 (it sets PORT)`,
      'KOJI_BASE_URL: must be an http or https URL',
      `${path}:3: auth_backend: Unknown backend name ldap. (it sets AUTH_BACKEND)`,
      `${path}:1: koji_retry: expected a number; found "x"`,
    ])
  })

  it('of options together name the line of the one that needs another', () => {
    const path = fileWith('port: 1\nssl_enabled: true\nread_requires_login: true\n')
    expect(inspectSettings({ path, environment: {} }).problems).toEqual([
      `${path}:2: ssl_enabled: needs ssl_certificate_file and ssl_certificate_key_file`,
      `${path}:3: read_requires_login: needs an AUTH_BACKEND other than noauth`,
    ])
    const environment = { TLS_CERT: 'a', TLS_KEY: 'b', AUTH_BACKEND: 'ssl' }
    expect(inspectSettings({ path, environment }).problems).toEqual([])
  })

  it('of a variable that the file sets as well are those of the environment', () => {
    const path = fileWith('port: 1\n')
    expect(inspectSettings({ path, environment: { PORT: 'x' } }).problems).toEqual([
      'PORT: expected a number',
    ])
  })

  it('of the files that DATABASE_URL names are reported without the rest of it', () => {
    const path = fileWith('')
    const notPem = join(folder, 'not.pem')
    writeFileSync(notPem, 'hello')
    const problemsOf = (options: string) => {
      const DATABASE_URL = `postgres://me:hunter2@db.example.com/db?${options}`
      return serviceProblems(inspectSettings({ path, environment: { DATABASE_URL } }))
    }
    expect(problemsOf(`sslmode=verify-full&sslrootcert=${notPem}`)).toEqual([
      `DATABASE_URL: sslrootcert: ${notPem} is not a certificate in PEM format`,
    ])
    expect(problemsOf('sslmode=disable&sslrootcert=%2Fno%2Fsuch.pem')).toEqual([
      "DATABASE_URL: sslrootcert: ENOENT: no such file or directory, open '/no/such.pem'",
    ])
    expect(problemsOf(`sslcert=${notPem}&sslkey=/no/such.key`)).toEqual([
      `DATABASE_URL: sslcert: ${notPem} is not a certificate in PEM format`,
      "DATABASE_URL: sslkey: ENOENT: no such file or directory, open '/no/such.key'",
    ])
    expect(problemsOf('sslcert=/a.pem')).toEqual([
      'DATABASE_URL: sslcert and DATABASE_URL: sslkey: set both or neither',
    ])
    expect(problemsOf('sslmode=require')).toEqual([])
  })

  it('of TLS files are reported together with all others', () => {
    const path = fileWith('koji_retry: x\nrequests_verify: /no/such.pem\n')
    const environment = { PORT: 'x', AMQP_CA: '/no/such.ca' }
    const problems = serviceProblems(inspectSettings({ path, environment }))
    expect(problems.map((problem) => problem.replace(/ENOENT.*/, 'ENOENT'))).toEqual([
      'PORT: expected a number',
      `${path}:1: koji_retry: expected a number; found "x"`,
      'AMQP_CA: ENOENT',
      `${path}:2: requests_verify: ENOENT`,
    ])
  })

  it('of the TLS files of Redis name the variable', () => {
    const notPem = join(folder, 'not.pem')
    writeFileSync(notPem, 'hello')
    const files = { REDIS_CERT: '/no/such.crt', REDIS_KEY: notPem, REDIS_CA: notPem }
    const environment = { REDIS_URL: 'rediss://redis.test', ...files }
    expect(serviceProblems(inspectSettings({ path: fileWith(''), environment }))).toEqual([
      `REDIS_CA: ${notPem} is not a certificate in PEM format`,
      "REDIS_CERT: ENOENT: no such file or directory, open '/no/such.crt'",
      `REDIS_KEY: ${notPem} is not a private key in PEM format`,
    ])
  })

  it('of a settings file that cannot be read do not hide those of the environment', () => {
    const environment = { FRESHWAVE_CONFIG: '/no/such.yaml', PORT: 'x' }
    expect(inspectSettings({ environment }).problems).toEqual([
      'PORT: expected a number',
      expect.stringMatching(/^FRESHWAVE_CONFIG: ENOENT/),
    ])
  })
})

describe('the ports', () => {
  const problemsOf = (environment: Record<string, string>, options?: { servesApi: boolean }) =>
    serviceProblems(inspectSettings({ path: fileWith(''), environment }), options)
  const SAME = [
    'METRICS_PORT: is 9100, the same as PORT; a process that serves the API needs two different ports',
  ]

  it.each([
    [{}],
    [{ HOST: '0.0.0.0', ALLOW_NOAUTH: '1' }],
    [{ METRICS_HOST: '0.0.0.0' }],
    [{ HOST: 'localhost' }],
  ])('of the API and the metrics have to differ: %j', (hosts) => {
    expect(problemsOf({ PORT: '9100', METRICS_PORT: '9100', ...hosts })).toEqual(SAME)
  })

  it.each([
    [{ METRICS_PORT: '9101' }],
    [{ METRICS_PORT: '9100', METRICS_HOST: '10.0.0.1' }],
    [{ PORT: '0', METRICS_PORT: '0' }],
    [{}],
  ])('may be %j', (ports) => {
    expect(problemsOf({ PORT: '9100', ...ports })).toEqual([])
  })

  it('may be one in a process that does not serve the API', () => {
    const environment = { PORT: '9100', METRICS_PORT: '9100' }
    expect(problemsOf(environment, { servesApi: false })).toEqual([])
    expect(readSettings({ path: fileWith(''), environment }).env.METRICS_PORT).toBe(9100)
  })
})
