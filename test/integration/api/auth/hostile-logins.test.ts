/** Forged and broken logins, with every backend, at every route that takes a body: refused, and nothing written (behaviour/freshmaker 4). */
import { exportJWK, generateKeyPair, UnsecuredJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Incoming, startApi, type TestApi } from '../../../support/api/api.ts'
import { type Logins, PROXY, startLogins } from '../../../support/api/logins.ts'
import { isGuarded, ROUTES, type Route } from '../../../support/api/routes.ts'
import { countRows } from '../../../support/database/stored-rows.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'
import { AUDIENCE, type OpenIdIssuer } from '../../../support/servers/openid-issuer.ts'
import { hasSlapd } from '../../../support/servers/slapd.ts'

const CHANGES = ROUTES.filter(({ method }) => method === 'POST' || method === 'PATCH')
const STRANGER = '192.0.2.1'

/** A caller that has to be refused: with 401, or with 403 as the user `known`, who may then read. */
type Hostile = { caller: () => Promise<Incoming>; message: RegExp; known?: string }

const proxied =
  (headers: Record<string, string>): Hostile['caller'] =>
  async () => ({ from: PROXY, headers })
const forged =
  (headers: Record<string, string>): Hostile['caller'] =>
  async () => ({
    from: STRANGER,
    headers: { ...headers, 'X-Forwarded-For': PROXY, Forwarded: `by=${PROXY}` },
  })

const NO_TICKET = /^REMOTE_USER is not present in request\.$/
const NO_CERTIFICATE = /^Cannot verify client: None$/
const NO_ROLE = /does not have any of the following roles/
const DN = 'CN=admin,OU=Builds,O=Example'
const CERTIFICATE = { 'X-SSL-Client-Verify': 'SUCCESS', 'X-SSL-Client-S-DN': DN }

/** Names that mean something in a filter or a DN, of which the directory knows none. */
const METACHARACTERS = [
  '*',
  'adm*',
  'admin)(uid=*',
  '*)(|(uid=*',
  '\\61dmin',
  'admin\\00',
  'uid=admin,ou=users',
  'Admin',
]

const tickets = (missing: RegExp): Record<string, Hostile> => ({
  'a ticket from an address that is not a proxy': {
    caller: forged({ 'X-Remote-User': 'admin@EXAMPLE.COM' }),
    message: missing,
  },
  'two realms': { caller: proxied({ 'X-Remote-User': 'admin@A@B' }), message: /one @REALM/ },
  'a realm alone': { caller: proxied({ 'X-Remote-User': '@EXAMPLE.COM' }), message: /one @REALM/ },
  ...Object.fromEntries(
    METACHARACTERS.map((name) => [
      `the name ${name}`,
      { caller: proxied({ 'X-Remote-User': `${name}@EXAMPLE.COM` }), message: NO_ROLE, known: name },
    ]),
  ),
})

const certificates = (): Record<string, Hostile> => ({
  'a certificate from an address that is not a proxy': {
    caller: forged(CERTIFICATE),
    message: NO_CERTIFICATE,
  },
  'a certificate that was not checked': {
    caller: proxied({ 'X-SSL-Client-S-DN': DN }),
    message: NO_CERTIFICATE,
  },
  'a check that failed': {
    caller: proxied({ ...CERTIFICATE, 'X-SSL-Client-Verify': 'FAILED:certificate has expired' }),
    message: /^Cannot verify client: FAILED:certificate has expired$/,
  },
  'a subject that begins as that of an admin': {
    caller: proxied({ ...CERTIFICATE, 'X-SSL-Client-S-DN': `${DN},DC=evil` }),
    message: NO_ROLE,
    known: `${DN},DC=evil`,
  },
})

const USER = {
  preferred_username: 'admin',
  groups: ['admins'],
  scope: 'openid https://freshwave.example.com/submit-build',
}
const bearer =
  (token: () => Promise<string> | string): Hostile['caller'] =>
  async () => ({ headers: { Authorization: `Bearer ${await token()}` } })

/** A token that another key has signed, with this header. */
const foreign =
  (issuer: OpenIdIssuer, header: () => Promise<object> | object = () => ({})): (() => Promise<string>) =>
  async () => {
    const { privateKey } = await generateKeyPair('ES256')
    return issuer.sign({ key: privateKey, claims: USER, header: { ...(await header()) } })
  }

const UNKNOWN_KEY = /^Invalid token: it is signed with an unknown key\.$/
const tokens = (issuer: OpenIdIssuer, keys: string): Record<string, Hostile> => ({
  'an expired token': {
    caller: bearer(() => issuer.sign({ claims: { ...USER, exp: 1 } })),
    message: /^Invalid token: it has expired\.$/,
  },
  'a token that another key has signed': {
    caller: bearer(foreign(issuer)),
    message: /^Invalid token: its signature is wrong\.$/,
  },
  'alg: none': {
    caller: bearer(() => {
      const claims = { ...USER, iss: issuer.url, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) + 60 }
      return new UnsecuredJWT(claims).encode()
    }),
    message: /^Invalid token: /,
  },
  'a key id that is a path': {
    caller: bearer(foreign(issuer, () => ({ kid: '../../../../etc/passwd' }))),
    message: UNKNOWN_KEY,
  },
  'a key id that is an address': {
    caller: bearer(foreign(issuer, () => ({ kid: keys, jku: keys, x5u: keys }))),
    message: UNKNOWN_KEY,
  },
  'a key id that is unknown, and new each time': {
    caller: bearer(foreign(issuer, () => ({ kid: crypto.randomUUID() }))),
    message: UNKNOWN_KEY,
  },
  'a key of its own in the header': {
    caller: bearer(
      foreign(issuer, async () => {
        const { publicKey } = await generateKeyPair('ES256', { extractable: true })
        return { kid: undefined, jwk: await exportJWK(publicKey) }
      }),
    ),
    message: /^Invalid token: /,
  },
  'a token made for another service': {
    caller: bearer(() => issuer.sign({ claims: { ...USER, aud: 'https://other.example.com' } })),
    message: /^Invalid token: its claim "aud" is missing or not accepted\.$/,
  },
  'the token header of an address that is not a proxy': {
    caller: async () => ({
      from: STRANGER,
      headers: { OIDC_access_token: await issuer.sign({ claims: USER }) },
    }),
    message: /^Missing token passed to Freshmaker\.$/,
  },
  'a token without the scope of the service': {
    caller: bearer(() => issuer.sign({ claims: { ...USER, scope: 'submit-build' } })),
    message: /^Required OIDC scope openid not present\.$/,
  },
})

const opaque = (): Record<string, Hostile> => ({
  'a token that the issuer does not know': {
    caller: bearer(() => 'made-up'),
    message: /^Cannot get user information from .* endpoint\.$/,
  },
  'a token that is huge': {
    caller: bearer(() => 'x'.repeat(10_001)),
    message: /longer than 10000 characters/,
  },
  'the headers of an address that is not a proxy': {
    caller: forged({ OIDC_access_token: 'made-up', 'X-Remote-User': 'admin', OIDC_CLAIM_scope: 'openid' }),
    message: /^Missing token passed to Freshmaker\.$/,
  },
})

/** Hostile logins by backend, as `LOGINS` names them; the names of what is refused do not depend on the issuer. */
const HOSTILE: Record<string, (logins: Logins, keys: string) => Record<string, Hostile>> = {
  kerberos: () => tickets(NO_TICKET),
  ssl: certificates,
  kerberos_or_ssl: () => ({ ...tickets(NO_CERTIFICATE), ...certificates() }),
  'openidc (tokens checked here)': ({ issuer }, keys) => (issuer ? tokens(issuer, keys) : {}),
  'openidc (userinfo)': opaque,
}

const audited = async ({ ctx }: TestApi) =>
  ctx.db.fork().execute<object[]>('select action, who, outcome from audit order by id')

describe.each(Object.keys(HOSTILE))('with %s', (kind) => {
  const isMissing = kind.startsWith('kerberos') && !hasSlapd
  let logins: Logins
  let api: TestApi
  beforeAll(async () => {
    if (isMissing) return
    logins = await startLogins(kind)
    api = await startApi(logins.env, `${logins.file.slice(0, -1)}, "read_requires_login": true}`)
  })
  afterAll(async () => {
    await api?.drop()
    await logins?.stop()
  })
  afterEach(() => api?.ctx.db.fork().execute('delete from audit'))

  it.skipIf(isMissing)('each is refused at each route, and nothing is written', async () => {
    const evil = await serve((_request, response) => sendJson(response, { keys: [] }))
    const cases = Object.entries(HOSTILE[kind]?.(logins, `${evil.url}/keys`) ?? {})
    expect(cases.length).toBeGreaterThan(2)
    for (const [what, hostile] of cases) {
      // A user that is known may read, and what it wants to change is in the audit.
      const routes = hostile.known ? CHANGES.filter(({ guard }) => isGuarded(guard)) : CHANGES
      const requests = await Promise.all(
        routes.map(async (route) => [route, await route.path(api, 'x')] as const),
      )
      await send(api, await hostile.caller(), requests[0]) // the row of the user
      await api.ctx.db.fork().execute('delete from audit')
      const before = await countRows(api.ctx.db)
      for (const request of requests) {
        const { status, message } = await send(api, await hostile.caller(), request)
        expect([what, request[1], status]).toEqual([what, request[1], hostile.known ? 403 : 401])
        expect(message).toMatch(hostile.message)
      }
      const rows = hostile.known ? requests.length : 0
      expect(await countRows(api.ctx.db), what).toEqual({ ...before, audit: rows })
      for (const row of await audited(api))
        expect(row).toMatchObject({ who: hostile.known, outcome: 'refused' })
      await api.ctx.db.fork().execute('delete from audit')
    }
    expect(evil.received).toEqual([])
  })

  if (!kind.includes('checked here')) return
  it('unknown keys cost the issuer one fetch at most', async () => {
    if (!logins.issuer) throw new Error('no issuer')
    const { issuer } = logins
    const fetches = () => issuer.requests.filter((path) => path === '/jwks').length
    const before = fetches()
    const token = foreign(issuer, () => ({ kid: crypto.randomUUID() }))
    const callers = await Promise.all(Array.from({ length: 20 }, bearer(token)))
    const route = CHANGES[0]
    if (!route) throw new Error('no route')
    const request = [route, await route.path(api, 'x')] as const
    const answers = await Promise.all(callers.map((caller) => send(api, caller, request)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    expect(fetches() - before).toBeLessThanOrEqual(1)
  })
})

async function send(api: TestApi, caller: Incoming, request: readonly [Route, string] | undefined) {
  if (!request) throw new Error('no route')
  const [{ method, body }, path] = request
  const headers = { ...caller.headers, 'Content-Type': 'application/json' }
  const response = await api.request(path, { ...caller, method, body, headers })
  const { message } = JSON.parse(await response.text())
  return { status: response.status, message }
}
