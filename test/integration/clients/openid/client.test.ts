/** Tokens of a real issuer, and tokens that only look like them (behaviour/freshmaker 4). */
import { randomUUID } from 'node:crypto'
import { exportJWK, exportSPKI, generateKeyPair, importJWK, UnsecuredJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOpenIdClient, type OpenIdOptions } from '../../../../src/clients/openid/client.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'
import { AUDIENCE, type OpenIdIssuer, startOpenIdIssuer } from '../../../support/servers/openid-issuer.ts'

const USER = { preferred_username: 'han_solo', groups: ['smugglers'], scope: 'openid submit-build' }
const CLAIMS = { name: 'han_solo', groups: ['smugglers'], scopes: ['openid', 'submit-build'] }

let issuer: OpenIdIssuer
beforeEach(async () => {
  issuer = await startOpenIdIssuer()
})
afterEach(() => issuer.stop())

const clientFor = (options: Partial<OpenIdOptions> = {}) =>
  createOpenIdClient({
    ...clientOptions(''),
    issuer: issuer.url,
    jwksUri: '',
    audience: [AUDIENCE],
    algorithms: ['ES256'],
    userinfoUri: issuer.userinfoUrl,
    claimNames: { username: 'preferred_username', groups: 'groups' },
    now: () => new Date(),
    ...options,
  })
const inMinutes = (minutes: number) => () => new Date(Date.now() + minutes * 60_000)

describe('a token of the issuer', () => {
  it('is verified by the published keys, which are fetched once', async () => {
    const openid = clientFor()
    for (let time = 0; time < 3; time += 1)
      expect(await openid.verify(await issuer.token(USER))).toEqual(CLAIMS)
    expect(issuer.requests.filter((path) => path !== '/token')).toEqual([
      '/.well-known/openid-configuration',
      '/jwks',
    ])
  })

  it('is verified by the keys at an address of the settings', async () => {
    const openid = clientFor({ jwksUri: `${issuer.url}/jwks` })
    expect(await openid.verify(await issuer.token(USER))).toEqual(CLAIMS)
    expect(issuer.requests).not.toContain('/.well-known/openid-configuration')
  })

  it('may be made for one of several audiences', async () => {
    const openid = clientFor({ audience: ['https://other.example.com', AUDIENCE] })
    expect(await openid.verify(await issuer.token(USER))).toEqual(CLAIMS)
  })

  it('is verified by a new key after the issuer has changed it, and by the old one no longer', async () => {
    const openid = clientFor({ cooldownMs: 0 })
    const old = await issuer.token(USER)
    expect(await openid.verify(old)).toEqual(CLAIMS)
    await issuer.rotateKey()
    expect(await openid.verify(await issuer.token(USER))).toEqual(CLAIMS)
    await expect(openid.verify(old)).rejects.toThrow('Invalid token: it is signed with an unknown key.')
  })

  it('causes no second fetch of keys within the cooldown, whatever key it names', async () => {
    const openid = clientFor()
    await openid.verify(await issuer.token(USER))
    const { privateKey } = await generateKeyPair('ES256')
    for (let time = 0; time < 3; time += 1)
      await expect(
        openid.verify(await issuer.sign({ key: privateKey, header: { kid: randomUUID() } })),
      ).rejects.toThrow('Invalid token: it is signed with an unknown key.')
    expect(issuer.requests.filter((path) => path === '/jwks')).toHaveLength(1)
  })

  it.each([
    ['no user name', { groups: ['x'], scope: 'a' }, { name: null, groups: ['x'], scopes: ['a'] }],
    ['a number as user name', { preferred_username: 7 }, { name: null, groups: [], scopes: null }],
    ['one group', { ...USER, groups: 'smugglers' }, CLAIMS],
    ['groups that are not texts', { ...USER, groups: [{ admin: true }] }, { ...CLAIMS, groups: [] }],
    ['a list of scopes', { ...USER, scope: ['openid', 'submit-build'] }, CLAIMS],
    ['scopes that are not text', { ...USER, scope: { openid: true } }, { ...CLAIMS, scopes: null }],
  ])('may have %s', async (_what, given, read) => {
    expect(await clientFor().verify(await issuer.sign({ claims: given }))).toEqual(read)
  })
})

const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow

/** Tokens that have to be refused, with the reason that the client gets. */
const REFUSED: Record<string, { token: () => Promise<string> | string; reason: RegExp }> = {
  'has expired': { token: () => issuer.sign({ claims: { exp: seconds(-60) } }), reason: /it has expired/ },
  'never expires': { token: () => issuer.sign({ claims: { exp: undefined } }), reason: /claim "exp"/ },
  'expires at a text': { token: () => issuer.sign({ claims: { exp: 'never' } }), reason: /claim "exp"/ },
  'is not valid yet': { token: () => issuer.sign({ claims: { nbf: seconds(60) } }), reason: /claim "nbf"/ },
  'is of another issuer': {
    token: () => issuer.sign({ claims: { iss: `${issuer.url}/` } }),
    reason: /claim "iss"/,
  },
  'names no issuer': { token: () => issuer.sign({ claims: { iss: undefined } }), reason: /claim "iss"/ },
  'is made for another service': {
    token: () => issuer.sign({ claims: { aud: 'https://freshwave.example.com.evil' } }),
    reason: /claim "aud"/,
  },
  'is made for no service': {
    token: () => issuer.sign({ claims: { aud: undefined } }),
    reason: /claim "aud"/,
  },
  'is signed with another key under a published id': {
    token: async () => issuer.sign({ key: (await generateKeyPair('ES256')).privateKey }),
    reason: /its signature is wrong/,
  },
  'has other claims than were signed': {
    token: async () => {
      const [header, , signature] = (await issuer.sign()).split('.')
      const claims = { iss: issuer.url, aud: AUDIENCE, exp: seconds(60), preferred_username: 'root' }
      return [header, base64url(claims), signature].join('.')
    },
    reason: /its signature is wrong/,
  },
  'is not signed (alg: none)': {
    token: () => new UnsecuredJWT({ iss: issuer.url, aud: AUDIENCE, exp: seconds(60) }).encode(),
    reason: /its algorithm is not accepted|not a signed JWT/,
  },
  'has its signature cut off': {
    token: async () => (await issuer.sign()).replace(/[^.]*$/, ''),
    reason: /its signature is wrong|not a signed JWT/,
  },
  'says alg: None': {
    token: () => ['None', 'NONE', 'nOnE'].map(unsigned)[0] ?? '',
    reason: /its algorithm is not/,
  },
  'is signed with the public key as a secret (HS256)': {
    token: async () => {
      const [jwk] = await issuer.keys()
      const key = await importJWK({ ...jwk }, 'ES256')
      if (key instanceof Uint8Array) throw new Error('not a public key')
      return issuer.sign({ key: new TextEncoder().encode(await exportSPKI(key)), header: { alg: 'HS256' } })
    },
    reason: /its algorithm is not accepted/,
  },
  'is signed with an algorithm that is not in the list': {
    token: () => issuer.sign({ header: { alg: 'RS512' }, key: undefined }).catch(() => unsigned('RS512')),
    reason: /its algorithm is not accepted/,
  },
  'names a key that is a path': {
    token: async () =>
      issuer.sign({
        key: (await generateKeyPair('ES256')).privateKey,
        header: { kid: '../../../../dev/null' },
      }),
    reason: /unknown key/,
  },
  'names no key, and is signed with another': {
    token: async () =>
      issuer.sign({ key: (await generateKeyPair('ES256')).privateKey, header: { kid: undefined } }),
    reason: /its signature is wrong|unknown key/,
  },
  'has a critical header that is not understood': {
    token: () => issuer.sign({ header: { crit: ['exp'], exp: 1 } }).catch(() => withCritical()),
    reason: /not a signed JWT/,
  },
  'is empty': { token: () => '', reason: /not a signed JWT/ },
  'is not a token': { token: () => 'letmein', reason: /not a signed JWT/ },
  'is made of dots': { token: () => '..', reason: /not a signed JWT/ },
  'is a list': { token: () => `${base64url([1])}.${base64url([2])}.x`, reason: /Invalid token/ },
}

function base64url(json: unknown): string {
  return Buffer.from(JSON.stringify(json)).toString('base64url')
}

function unsigned(alg: string): string {
  const claims = { iss: issuer.url, aud: AUDIENCE, exp: seconds(60) }
  return `${base64url({ alg })}.${base64url(claims)}.`
}

async function withCritical(): Promise<string> {
  const [, claims, signature] = (await issuer.sign()).split('.')
  return [base64url({ alg: 'ES256', crit: ['mystery'], mystery: 1 }), claims, signature].join('.')
}

describe('a token is refused when it', () => {
  it.each(Object.entries(REFUSED))('%s', async (_what, { token, reason }) => {
    const text = await token()
    const refused = await clientFor()
      .verify(text)
      .catch((error: Error) => error)
    expect(refused).toMatchObject({ name: 'TokenRefused', message: expect.stringMatching(reason) })
    expect(String(refused)).toMatch(/^TokenRefused: Invalid token: [\w "]+\.$/)
  })

  it.each(['jku', 'x5u'])('names its own keys by %s, which is never fetched', async (name) => {
    const own = await generateKeyPair('ES256', { extractable: true })
    const kid = 'mine'
    const jwk = { ...(await exportJWK(own.publicKey)), kid, alg: 'ES256', use: 'sig' }
    const evil = await serve((_request, response) => sendJson(response, { keys: [jwk] }))
    for (const id of [kid, undefined]) {
      const header = { [name]: `${evil.url}/keys`, jwk, ...(id && { kid: id }) }
      await expect(clientFor().verify(await issuer.sign({ key: own.privateKey, header }))).rejects.toThrow(
        /unknown key|signature is wrong/,
      )
    }
    expect(evil.received).toEqual([])
  })

  it('has expired by the clock of this service', async () => {
    const token = await issuer.token(USER)
    expect(await clientFor({ now: inMinutes(0) }).verify(token)).toEqual(CLAIMS)
    await expect(clientFor({ now: inMinutes(60) }).verify(token)).rejects.toThrow('it has expired')
  })
})

describe('an issuer that does not answer', () => {
  it('does not cause a token to be refused, and is queried again only after the cooldown', async () => {
    const openid = clientFor({ retry: { attempts: 1, firstDelayMs: 1 } })
    const token = await issuer.token(USER)
    issuer.setDown(true)
    for (let time = 0; time < 3; time += 1)
      await expect(openid.verify(token)).rejects.toMatchObject({ name: 'UpstreamError', status: 503 })
    expect(issuer.requests).toEqual(['/token', '/.well-known/openid-configuration'])
  })

  it('leaves the keys that are known in use', async () => {
    const openid = clientFor({ cooldownMs: 0, retry: { attempts: 1, firstDelayMs: 1 } })
    const token = await issuer.token(USER)
    await openid.verify(token)
    issuer.setDown(true)
    const unknown = await issuer.sign({ header: { kid: 'other' } })
    await expect(openid.verify(unknown)).rejects.toMatchObject({ name: 'UpstreamError' })
    expect(await openid.verify(token)).toEqual(CLAIMS)
  })

  it('leaves the keys that are known in use for a day, and a key that it withdraws for ten minutes', async () => {
    const minutes = { now: 0 }
    const retry = { attempts: 1, firstDelayMs: 1 }
    const openid = clientFor({ cooldownMs: 0, retry, monotonicMs: () => minutes.now * 60_000 })
    const token = await issuer.token(USER)
    await openid.verify(token)
    issuer.setDown(true)
    for (minutes.now of [11, 1440]) expect(await openid.verify(token)).toEqual(CLAIMS)
    minutes.now = 1441
    await expect(openid.verify(token)).rejects.toMatchObject({ name: 'UpstreamError' })
    issuer.setDown(false)
    expect(await openid.verify(token)).toEqual(CLAIMS)
    await issuer.rotateKey()
    minutes.now += 10
    expect(await openid.verify(token)).toEqual(CLAIMS)
    minutes.now += 1
    await expect(openid.verify(token)).rejects.toThrow('unknown key')
  })

  it('is one whose configuration is about another', async () => {
    const openid = clientFor({ issuer: `${issuer.url}/` })
    await expect(openid.verify(await issuer.token(USER))).rejects.toThrow('is about another issuer')
  })
})

describe('userinfo', () => {
  it('has the claims about the user of a token', async () => {
    expect(await clientFor().userinfo(await issuer.opaqueToken(USER))).toEqual(CLAIMS)
  })

  it('is remembered for each token', async () => {
    const openid = clientFor()
    const first = await issuer.opaqueToken(USER)
    const second = await issuer.opaqueToken({ ...USER, preferred_username: 'leia' })
    expect((await openid.userinfo(second)).name).toBe('leia')
    expect((await openid.userinfo(second)).name).toBe('leia')
    expect(issuer.requests).toEqual(['/me'])
    await openid.userinfo(first)
    expect(issuer.requests).toEqual(['/me', '/me'])
  })

  it('is refused for a token that the issuer does not know, which is not remembered', async () => {
    const openid = clientFor()
    for (let time = 1; time <= 2; time += 1) {
      await expect(openid.userinfo('made-up')).rejects.toMatchObject({
        name: 'TokenRefused',
        message: `Cannot get user information from ${issuer.userinfoUrl} endpoint.`,
      })
      expect(issuer.requests).toHaveLength(time)
    }
  })

  it('is trouble of the issuer when there is no answer at all', async () => {
    const openid = clientFor({ userinfoUri: 'http://127.0.0.1:1/me' })
    await expect(openid.userinfo('token')).rejects.toMatchObject({ name: 'UpstreamError' })
  })
})
