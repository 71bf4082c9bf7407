/** Logins with the client certificate of our own TLS socket (behaviour/freshmaker 4). */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWeb, type Web } from '../../../../src/api/server.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { type Certificates, makeCertificates } from '../../../support/servers/certificates.ts'

const ADMIN = 'CN=root,OU=Builds,O=Example'
/** The subjects by name of the certificate: as openssl takes it, and as the user name. */
const SUBJECTS: Record<string, [given: string, name: string]> = {
  admin: ['/O=Example/OU=Builds/CN=root', ADMIN],
  'other order': ['/CN=root/OU=Builds/O=Example', 'O=Example,OU=Builds,CN=root'],
  'other case': ['/O=example/OU=Builds/CN=Root', 'CN=Root,OU=Builds,O=example'],
  'one part that looks like three': [
    '/O=Example/CN=root,OU=Builds,O=Example',
    'CN=root\\,OU=Builds\\,O=Example,O=Example',
  ],
  'two values in one part': ['/O=Example/OU=Builds+CN=root', 'CN=root+OU=Builds,O=Example'],
  'a plus in a value': ['/O=Example/CN=a \\+ CN=root', 'CN=a \\+ CN=root,O=Example'],
  'characters beyond ASCII': ['/O=Beispiel/CN=Jörg', 'CN=Jörg,O=Beispiel'],
}

let certificates: Certificates
let ctx: TestContext
let web: Web
beforeAll(async () => {
  certificates = makeCertificates()
  for (const [name, [given]] of Object.entries(SUBJECTS)) certificates.issue(name, given)
  certificates.issue('expired', '/O=Example/OU=Builds/CN=root', { isExpired: true })
  certificates.issue('other ca', '/CN=test CA', { authority: 'other ca' })
  certificates.issue('foreign', '/O=Example/OU=Builds/CN=root', { authority: 'other ca' })
  certificates.issue('own', '/O=Example/OU=Builds/CN=root', { authority: 'own' })
  const env = {
    AUTH_BACKEND: 'ssl',
    PORT: '0',
    TLS_CERT: certificates.path('server.crt'),
    TLS_KEY: certificates.path('server.key'),
    TLS_CLIENT_CA: certificates.path('ca.crt'),
  }
  ctx = await createTestContext(env, JSON.stringify({ permissions: { admin: { users: [ADMIN] } } }))
  web = await startWeb(ctx)
})
afterAll(async () => {
  await web.stop()
  await ctx.drop()
  certificates.remove()
})

function agentWith(certificate: string | undefined, options: object = {}): Agent {
  const pair = certificate && {
    cert: certificates.pem(`${certificate}.crt`),
    key: certificates.pem(`${certificate}.key`),
  }
  return new Agent({ ca: certificates.pem('ca.crt'), servername: 'localhost', ...pair, ...options })
}

async function get(path: string, agent: Agent, url = web.url, headers = {}) {
  const sent = request(`${url}${path}`, { agent, headers }).end()
  const [response]: [IncomingMessage] = (await once(sent, 'response')) as [IncomingMessage] // as Node documents
  const isResumed = response.socket instanceof TLSSocket && response.socket.isSessionReused()
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, text: Buffer.concat(chunks).toString('utf8'), isResumed }
}
const refusal = (text: string): string => JSON.parse(text).message

describe('a client certificate', () => {
  it('is not needed to read', async () => {
    expect((await get('/api/1/events/', agentWith(undefined))).status).toBe(200)
    expect(new URL(web.url).protocol).toBe('https:')
  })

  it('is needed for the rest', async () => {
    const { status, text } = await get('/queues', agentWith(undefined))
    expect([status, refusal(text)]).toEqual([401, 'Cannot verify client: NONE'])
  })

  it('gives its subject, whose role counts', async () => {
    expect((await get('/queues/api/queues', agentWith('admin'))).status).toBe(200)
  })

  it.each(Object.entries(SUBJECTS).slice(1))('with %s is another user', async (certificate, [, name]) => {
    const { status, text } = await get('/queues', agentWith(certificate))
    expect([status, refusal(text)]).toEqual([
      403,
      `User ${name} does not have any of the following roles: admin`,
    ])
  })

  it.each([
    ['expired', 'CERT_HAS_EXPIRED'],
    ['foreign', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['own', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('that is not valid (%s) is refused with the reason, and may read', async (certificate, reason) => {
    const { status, text } = await get('/queues', agentWith(certificate))
    expect(status).toBe(401)
    expect(refusal(text)).toMatch(/^Cannot verify client: FAILED:/)
    expect(refusal(text)).toContain(reason)
    expect((await get('/api/1/events/', agentWith(certificate))).status).toBe(200)
  })

  it('keeps its user in a resumed session, and only there', async () => {
    const agent = agentWith('admin', { maxCachedSessions: 5 })
    const answers = [await get('/queues', agent), await get('/queues', agent)]
    expect(answers.map(({ status, isResumed }) => [status, isResumed])).toEqual([
      [200, false],
      [200, true],
    ])
    expect((await get('/queues', agentWith(undefined, { maxCachedSessions: 5 }))).status).toBe(401)
  })

  it('counts for nothing beside headers that only a proxy may set', async () => {
    const headers = { 'X-SSL-Client-Verify': 'SUCCESS', 'X-SSL-Client-S-DN': ADMIN }
    const { status, text } = await get('/queues', agentWith('other case'), web.url, headers)
    expect([status, refusal(text)]).toEqual([
      403,
      'User CN=Root,OU=Builds,O=example does not have any of the following roles: admin',
    ])
  })

  it('stores a row for each user that it identified', async () => {
    const rows = await ctx.db.fork().execute<{ username: string }[]>('select username from users order by 1')
    expect(rows.map(({ username }) => username).toSorted()).toEqual(
      Object.values(SUBJECTS)
        .map(([, name]) => name)
        .toSorted(),
    )
  })
})

describe('the certificate of a trusted proxy', () => {
  it('is never the certificate of its client', async () => {
    const file = { trusted_proxies: ['127.0.0.1'], permissions: { admin: { users: [ADMIN] } } }
    const { env } = ctx.settings
    const behind = await createTestContext(
      {
        AUTH_BACKEND: 'ssl',
        PORT: '0',
        TLS_CERT: env.TLS_CERT ?? '',
        TLS_KEY: env.TLS_KEY ?? '',
        TLS_CLIENT_CA: env.TLS_CLIENT_CA ?? '',
      },
      JSON.stringify(file),
    )
    const server = await startWeb(behind)
    const agent = agentWith('admin')
    const { status, text } = await get('/queues', agent, server.url)
    expect([status, refusal(text)]).toEqual([401, 'Cannot verify client: None'])
    const headers = { 'X-SSL-Client-Verify': 'SUCCESS', 'X-SSL-Client-S-DN': 'CN=guest' }
    expect(refusal((await get('/queues', agent, server.url, headers)).text)).toContain(
      'User CN=guest does not',
    )
    await server.stop()
    await behind.drop()
  })
})
