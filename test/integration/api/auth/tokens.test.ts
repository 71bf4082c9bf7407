/** Logins with OpenID tokens: what is refused, with which text, and that nothing is written then (behaviour/freshmaker 4). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../../src/api/app.ts'
import { createClients } from '../../../../src/clients/index.ts'
import type { TestApi } from '../../../support/api/api.ts'
import { recordedUsers, requestRebuild, startGuarded } from '../../../support/api/guarded-api.ts'
import { addGuardedRoutes } from '../../../support/api/guarded-routes.ts'
import { AUDIENCE, type OpenIdIssuer, startOpenIdIssuer } from '../../../support/servers/openid-issuer.ts'

describe('a token', () => {
  const USER = { preferred_username: 'root', groups: ['admins'], scope: 'openid submit-build' }
  let issuer: OpenIdIssuer
  let api: TestApi
  beforeAll(async () => {
    issuer = await startOpenIdIssuer()
    api = await startGuarded(
      { AUTH_BACKEND: 'openidc' },
      {
        auth_openidc_issuer: issuer.url,
        auth_openidc_audience: AUDIENCE,
        auth_openidc_required_scopes: ['openid'],
        permissions: { admin: { groups: ['admins'] } },
      },
    )
  })
  afterAll(async () => {
    await api.drop()
    await issuer.stop()
  })
  const withToken = (token: string, headers = {}) =>
    requestRebuild(api, { from: '192.0.2.1', headers: { Authorization: `Bearer ${token}`, ...headers } })

  it('is accepted from any address, and gives scopes and groups', async () => {
    const { status, body } = await withToken(await issuer.token(USER))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      name: 'root',
      credential: 'token',
      groups: ['admins'],
      roles: ['admin'],
      scopes: ['openid', 'submit-build'],
      address: '192.0.2.1',
    })
  })

  it.each([
    [401, 'Missing OIDC_CLAIM_scope.', { ...USER, scope: undefined }],
    [401, 'Required OIDC scope openid not present.', { ...USER, scope: 'submit-build' }],
    [
      401,
      'The token\'s user has no "preferred_username", which is the user name.',
      { ...USER, preferred_username: undefined },
    ],
    [
      401,
      'The user name is empty, or has control characters or spaces at its ends.',
      { ...USER, preferred_username: '' },
    ],
    [403, 'Request does not have required scope submit-build', { ...USER, scope: 'openid' }],
    [
      403,
      'User root does not have any of the following roles: admin, manual_rebuilder',
      { ...USER, groups: [] },
    ],
    [401, 'Invalid token: it has expired.', { ...USER, exp: 1 }],
    [401, 'Invalid token: its claim "aud" is missing or not accepted.', { ...USER, aud: 'other' }],
  ])('is %i %s', async (status, message, claims) => {
    const found = await withToken(await issuer.sign({ claims }))
    expect([found.status, found.body.message]).toEqual([status, message])
    expect(found.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null)
  })

  it.each([['Basic cm9vdDpyb290'], ['Bearer'], ['Bearer a b'], ['Token abc'], ['Bearer "quoted"']])(
    'that is not sent as one is missing: %s',
    async (authorization) => {
      const { status, body } = await requestRebuild(api, { headers: { Authorization: authorization } })
      expect([status, body.message]).toEqual([401, 'Missing token passed to Freshmaker.'])
    },
  )

  it('may be passed on in the header of a trusted proxy, and of no other peer', async () => {
    const headers = { OIDC_access_token: await issuer.token(USER) }
    expect((await requestRebuild(api, { headers })).status).toBe(200)
    expect((await requestRebuild(api, { headers, from: '192.0.2.1' })).status).toBe(401)
  })

  it('decides alone: headers of a proxy add neither user nor scopes', async () => {
    const token = await issuer.sign({
      claims: { ...USER, preferred_username: 'guest', groups: [], scope: 'openid' },
    })
    const headers = {
      Authorization: `Bearer ${token}`,
      'X-Remote-User': 'root',
      OIDC_CLAIM_scope: 'openid submit-build',
    }
    expect((await requestRebuild(api, { headers })).body.message).toBe(
      'Request does not have required scope submit-build',
    )
  })

  it('that is huge is refused before it is read', async () => {
    const { status, body } = await withToken('x'.repeat(10_001))
    expect([status, body.message]).toEqual([401, 'The token is longer than 10000 characters.'])
  })

  it('is 503 while the issuer does not answer, with nothing written', async () => {
    const token = await issuer.token(USER)
    const app = createApp({
      ...api.ctx,
      clients: createClients(api.ctx.settings, api.ctx.log, api.ctx.metrics),
    })
    addGuardedRoutes(app)
    issuer.setDown(true)
    const init = { method: 'POST', headers: { authorization: `Bearer ${token}` } }
    const response = await app.request('/api/2/guarded/rebuild', init)
    issuer.setDown(false)
    expect([response.status, await response.json()]).toEqual([
      503,
      {
        status: 503,
        error: 'Service Unavailable',
        message: 'The token cannot be checked, because its issuer does not answer. Try again later.',
      },
    ])
  })

  it('stores a row for each user that it identified, and for no other', async () => {
    expect(await recordedUsers(api.ctx)).toEqual(['root', 'guest'])
  })
})

describe('a token that only the issuer can read', () => {
  it('takes user and scopes from a trusted proxy, as behind mod_auth_openidc', async () => {
    const issuer = await startOpenIdIssuer()
    const api = await startGuarded(
      { AUTH_BACKEND: 'openidc' },
      {
        auth_openidc_userinfo_uri: issuer.userinfoUrl,
        auth_openidc_required_scopes: ['openid'],
        permissions: { admin: { groups: ['admins'] } },
      },
    )
    const token = await issuer.opaqueToken({ groups: ['admins'] })
    const own = { OIDC_access_token: token }
    const proxied = { ...own, 'X-Remote-User': 'root', OIDC_CLAIM_scope: 'openid submit-build' }
    expect((await requestRebuild(api, { headers: proxied })).body).toMatchObject({
      name: 'root',
      roles: ['admin'],
    })
    const { body } = await requestRebuild(api, { headers: own })
    expect(body.message).toBe('Missing OIDC_CLAIM_scope.')
    const unknown = await requestRebuild(api, { headers: { ...proxied, OIDC_access_token: 'made-up' } })
    expect([unknown.status, unknown.body.message]).toEqual([
      401,
      `Cannot get user information from ${issuer.userinfoUrl} endpoint.`,
    ])
    await api.drop()
    await issuer.stop()
  })
})
