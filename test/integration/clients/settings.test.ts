/** The clients follow the settings for calls to upstream services. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createClients } from '../../../src/clients/index.ts'
import { readEnvironment } from '../../../src/config/env.ts'
import { parseSettings } from '../../../src/config/file.ts'
import { troubleOf } from '../../../src/lib/errors.ts'
import { createLog } from '../../../src/lib/log.ts'
import { createMetrics } from '../../../src/lib/metrics/metrics.ts'
import { sendJson, serve } from '../../support/servers/http-server.ts'
import { CERTIFICATE, PRIVATE_KEY } from '../../support/servers/test-certificate.ts'
import { stopClock } from '../../support/stopped-clock.ts'

function clientsOf(env: Record<string, string>, file: string) {
  const settings = { env: readEnvironment(env), file: parseSettings(file, 'test settings') }
  return createClients(settings, createLog('silent'), createMetrics())
}

type Clients = ReturnType<typeof clientsOf>
const NOW = new Date('2026-11-27T12:00:00Z')

/** Ends a test that hangs. */
const soon = () => AbortSignal.timeout(120_000)
const MAX_RETRY_MS = 1000

describe('requests_verify', () => {
  async function secureUrl(): Promise<string> {
    const server = createServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, (_request, response) =>
      sendJson(response, { data: [] }),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const filtered = async (file: string) =>
    clientsOf({ WAIVERDB_API_URL: await secureUrl() }, file).waiverDb.filtered('{}', { signal: soon() })

  test('is on unless disabled', async () => {
    await expect(filtered('')).rejects.toThrow('TLS connection not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)')
    expect(await filtered('requests_verify: false')).toMatchObject({ waivers: [] })
  })

  test('may name a file of authorities to trust', async () => {
    const path = join(tmpdir(), `freshwave-authorities-${process.pid}.pem`)
    writeFileSync(path, CERTIFICATE)
    expect(await filtered(`requests_verify: ${path}`)).toMatchObject({ waivers: [] })
  })

  test('stops the start with the path of an unreadable file', () => {
    expect(() => clientsOf({}, 'requests_verify: /no/such.pem')).toThrow('/no/such.pem')
  })
})

describe('times and attempts', () => {
  test('koji_timeout and koji_retry apply to the build system', async () => {
    const { url, received } = await serve(() => undefined)
    const file = 'koji_timeout: 40\nkoji_retry: 1\nkoji_requests_per_second: 1000\nrequest_attempts: 1'
    const { koji } = clientsOf({ KOJI_BASE_URL: url }, file)
    const { pass, until } = stopClock()
    const { signal } = new AbortController()
    const failed = expect(koji?.buildOrigins(['a-1-1'], { signal })).rejects.toThrow(
      'no answer within 40000 ms',
    )
    await until(received, 1)
    await pass(40_000)
    await pass(MAX_RETRY_MS)
    await until(received, 2)
    await pass(40_000)
    await failed
    expect(received).toHaveLength(2)
  })

  test('requests_timeout limits connecting by its first number, and an attempt by both together', async () => {
    const silent = createTcpServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as AddressInfo
    const filtered = (WAIVERDB_API_URL: string, timeout: string) =>
      clientsOf({ WAIVERDB_API_URL }, `requests_timeout: ${timeout}\nrequest_attempts: 1`).waiverDb.filtered(
        '{}',
        { signal: soon() },
      )
    await expect(filtered(`https://127.0.0.1:${port}`, '[0.05, 600]')).rejects.toThrow('timeout: 50ms')
    const { url, received } = await serve(() => undefined)
    const { pass, until } = stopClock()
    let isOver = false
    const failed = filtered(url, '[4, 3]').finally(() => {
      isOver = true
    })
    const reason = expect(failed).rejects.toThrow('no answer within 7000 ms')
    await until(received, 1)
    await pass(6999)
    expect(isOver).toBe(false)
    await pass(1)
    await reason
  })

  test('remote_rule_git_timeout applies to rule files', async () => {
    const { url, received } = await serve(() => undefined)
    const { distGit } = clientsOf({}, 'remote_rule_git_timeout: 6\nrequest_attempts: 1')
    const { pass, until } = stopClock()
    const { signal } = new AbortController()
    const reading = distGit.read(`${url}/gating.yaml`, { isConfigured: true, signal })
    const failed = expect(reading).rejects.toThrow('no answer within 6000 ms')
    await until(received, 1)
    await pass(6000)
    await failed
  })
})

describe('odcs_auth_mech', () => {
  const compose = { id: 1, state: 2, state_name: 'done' }
  const refused = 'npm install kerberos' // the package is not installed here
  async function fetchCompose(file: string): Promise<string> {
    const { url } = await serve((_request, response) => sendJson(response, compose))
    const { odcs } = clientsOf({ ODCS_URL: url }, file)
    return (
      odcs?.getCompose(1).then(
        () => 'answered',
        (error) => String(error),
      ) ?? 'no client'
    )
  }

  test('is Kerberos when it is not set and there is a principal, as in Freshmaker', async () => {
    expect(await fetchCompose('')).toBe('answered')
    expect(await fetchCompose('krb_auth_principal: me@REALM')).toContain(refused)
    expect(await fetchCompose('odcs_auth_mech: kerberos')).toContain(refused)
    expect(await fetchCompose('odcs_auth_mech: none\nkrb_auth_principal: me@REALM')).toBe('answered')
  })

  test.each([
    ['', 'Bearer abc'],
    ['odcs_auth_mech: openidc', 'Bearer abc'],
    ['odcs_auth_mech: openidc\nkrb_auth_principal: me@REALM', 'Bearer abc'],
    ['odcs_auth_mech: none', undefined],
  ])('decides with %j whether the token is sent', async (file, authorization) => {
    const { url, received } = await serve((_request, response) => sendJson(response, compose))
    const { odcs } = clientsOf({ ODCS_URL: url }, `odcs_openidc_token: abc\n${file}`)
    await odcs?.getCompose(1)
    expect(received.map(({ headers }) => headers.authorization)).toEqual([authorization])
  })
})

describe('krb_auth_principal', () => {
  const file = 'krb_auth_principal: me@REALM'

  test.each([
    ['errata', 'ERRATA_URL', (of: Clients) => of.errata?.summary(1)],
    ['odcs', 'ODCS_URL', (of: Clients) => of.odcs?.getCompose(1)],
    ['pyxis-rest', 'PYXIS_URL', (of: Clients) => of.pyxisRest?.autoRebuildTags('registry', 'app')],
    [
      'product-pages',
      'PRODUCT_PAGES_URL',
      (of: Clients) => of.productPages?.availableOpenshift(['4.1'], NOW),
    ],
    ['koji', 'KOJI_BASE_URL', (of: Clients) => of.koji?.getLoggedInUser()],
  ])('without a ticket our account at %s is in trouble, which ends nothing', async (service, name, call) => {
    const { url } = await serve((_request, response) => sendJson(response, {}, 401))
    const clients = clientsOf({ [name]: url, KOJI_AUTH: 'gssapi' }, file)
    const failure: unknown = await call(clients)?.catch((error: unknown) => error)
    // The package is not installed here, which is a reason like any other.
    const detail = expect.stringMatching(/no Kerberos ticket: .*npm install kerberos/s)
    expect(troubleOf(failure)).toEqual({ service, blame: 'account', detail })
  })
})
