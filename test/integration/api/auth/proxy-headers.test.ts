/** Login headers of proxies, and of those that pretend to be one: refused with a clear error, nothing written (behaviour/freshmaker 4). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestApi } from '../../../support/api/api.ts'
import { recordedUsers, requestRebuild, startGuarded } from '../../../support/api/guarded-api.ts'
import { PROXY } from '../../../support/api/logins.ts'
import { USER_BASE } from '../../../support/servers/slapd.ts'

describe('login headers', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startGuarded(
      { AUTH_BACKEND: 'kerberos_or_ssl' },
      {
        auth_ldap_server: 'ldap://127.0.0.1:1',
        auth_ldap_user_base: USER_BASE,
        permissions: { admin: { users: ['root', 'CN=root'] } },
      },
    )
  })
  afterAll(() => api.drop())
  const root = { 'X-Remote-User': 'root@EXAMPLE.COM' }
  const certificate = { 'X-SSL-Client-Verify': 'SUCCESS', 'X-SSL-Client-S-DN': 'CN=root' }

  it.each([
    ['10.0.0.2', {}],
    ['127.0.0.1', {}],
    ['::1', {}],
    ['::ffff:10.0.0.2', {}],
    [undefined, {}],
    ['10.0.0.2', { 'X-Forwarded-For': PROXY }],
    ['10.0.0.2', { 'X-Real-IP': PROXY, Forwarded: `for=${PROXY};by=${PROXY}`, Via: PROXY }],
  ])(
    'count for nothing from %s with %j, because only the address of the socket does',
    async (from, traces) => {
      for (const headers of [root, certificate]) {
        const found = await api.request('/api/1/guarded/rebuild', {
          method: 'POST',
          headers: { ...headers, ...traces },
          from,
        })
        expect(found.status).toBe(401)
        expect(JSON.parse(await found.text())).toEqual({
          status: 401,
          error: 'Unauthorized',
          message: 'Cannot verify client: None',
        })
      }
      expect(await recordedUsers(api.ctx)).toEqual([])
    },
  )

  it.each([
    ['no header', {}, 'Cannot verify client: None'],
    ['an empty user', { 'X-Remote-User': '' }, 'Cannot verify client: None'],
    ['a blank user', { 'X-Remote-User': '  ' }, 'Cannot verify client: None'],
    ['underscores', { X_Remote_User: 'root@EXAMPLE.COM' }, 'Cannot verify client: None'],
    [
      'a name that CGI takes for the same',
      { 'Remote-User': 'root', REMOTE_USER: 'root' },
      'Cannot verify client: None',
    ],
    [
      'a realm alone',
      { 'X-Remote-User': '@EXAMPLE.COM' },
      'REMOTE_USER is not a user name, with or without one @REALM.',
    ],
    [
      'two realms',
      { 'X-Remote-User': 'root@A@B' },
      'REMOTE_USER is not a user name, with or without one @REALM.',
    ],
    ['an endless name', { 'X-Remote-User': 'r'.repeat(201) }, 'The user name is longer than 200 characters.'],
    [
      'spaces around the name',
      { 'X-Remote-User': 'root @A' },
      'The user name is empty, or has control characters or spaces at its ends.',
    ],
    [
      'a tab in the name',
      { 'X-Remote-User': 'ro\tot' },
      'The user name is empty, or has control characters or spaces at its ends.',
    ],
    ['no check of the certificate', { 'X-SSL-Client-S-DN': 'CN=root' }, 'Cannot verify client: None'],
    [
      'a failed check',
      { ...certificate, 'X-SSL-Client-Verify': 'FAILED:expired' },
      'Cannot verify client: FAILED:expired',
    ],
    [
      'a check of another case',
      { ...certificate, 'X-SSL-Client-Verify': 'success' },
      'Cannot verify client: success',
    ],
    ['GENEROUS', { ...certificate, 'X-SSL-Client-Verify': 'GENEROUS' }, 'Cannot verify client: GENEROUS'],
    [
      'no subject',
      { 'X-SSL-Client-Verify': 'SUCCESS' },
      'Unable to get user information (DN) from client certificate',
    ],
    [
      'a bad user beside a good certificate',
      { ...certificate, 'X-Remote-User': 'a@b@c' },
      'REMOTE_USER is not a user name, with or without one @REALM.',
    ],
  ])('of the proxy with %s are 401', async (_what, headers, message) => {
    const { status, body } = await requestRebuild(api, { headers: { ...headers } })
    expect([status, body.message]).toEqual([401, message])
    expect(await recordedUsers(api.ctx)).toEqual([])
  })

  it('may name a user of any realm', async () => {
    const { status, body } = await requestRebuild(api, { headers: { 'X-Remote-User': 'root@OTHER.ORG' } })
    expect([status, body.name]).toEqual([200, 'root'])
  })

  it('may have any case, as all headers', async () => {
    const { status, body } = await requestRebuild(api, { headers: { 'x-REMOTE-user': 'root@EXAMPLE.COM' } })
    expect([status, body.name, body.credential]).toEqual([200, 'root', 'kerberos'])
  })

  it('yield the user, its credential, and its address: that of the last hop that is not a proxy', async () => {
    const headers = { ...root, 'X-Forwarded-For': '1.1.1.1, 203.0.113.9, 10.0.0.1' }
    const { body } = await requestRebuild(api, { headers })
    expect(body).toMatchObject({
      name: 'root',
      credential: 'kerberos',
      groups: [],
      roles: ['admin'],
      scopes: null,
      address: '203.0.113.9',
      isProxied: true,
    })
  })

  it('win over a certificate, and never mix with it', async () => {
    const headers = { ...certificate, 'X-Remote-User': 'guest@EXAMPLE.COM' }
    const { status, body } = await requestRebuild(api, { headers })
    expect([status, body.message]).toEqual([
      403,
      'User guest does not have any of the following roles: admin, manual_rebuilder',
    ])
  })

  it('count as missing where Apache has no value for them', async () => {
    const unset = { 'X-Remote-User': '(null)', 'X-SSL-Client-Verify': 'NONE', 'X-SSL-Client-S-DN': '(null)' }
    const noLogin = await requestRebuild(api, { headers: unset })
    expect([noLogin.status, noLogin.body.message]).toEqual([401, 'Cannot verify client: NONE'])
    const noDn = await requestRebuild(api, { headers: { ...unset, 'X-SSL-Client-Verify': 'SUCCESS' } })
    expect([noDn.status, noDn.body.message]).toEqual([
      401,
      'Unable to get user information (DN) from client certificate',
    ])
    const byCertificate = await requestRebuild(api, { headers: { ...unset, ...certificate } })
    expect([byCertificate.status, byCertificate.body.name]).toEqual([200, 'CN=root'])
  })

  it.each(['ren\u00e9e', '\u6771\u4eac'])('have names in UTF-8: %s', async (name) => {
    const asSent = Buffer.from(name).toString('latin1')
    const logins: Record<string, string>[] = [
      { 'X-Remote-User': `${asSent}@EXAMPLE.COM` },
      { 'X-SSL-Client-Verify': 'SUCCESS', 'X-SSL-Client-S-DN': asSent },
    ]
    for (const headers of logins) {
      const { status, body } = await requestRebuild(api, { headers })
      expect([status, body.message]).toEqual([403, expect.stringContaining(`User ${name} does not`)])
    }
  })

  it('may have other names, and then only those count', async () => {
    const renamed = await startGuarded(
      { AUTH_BACKEND: 'ssl' },
      {
        auth_proxy_headers: { verify: 'Ssl-Verify', dn: 'Ssl-Dn' },
        permissions: { admin: { users: ['CN=root'] } },
      },
    )
    const own = { 'Ssl-Verify': 'SUCCESS', 'Ssl-Dn': 'CN=root' }
    expect((await requestRebuild(renamed, { headers: own })).status).toBe(200)
    expect((await requestRebuild(renamed, { headers: certificate })).status).toBe(401)
    await renamed.drop()
  })
})
