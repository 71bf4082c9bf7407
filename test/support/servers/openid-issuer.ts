/** A real OpenID issuer, oidc-provider, on a free loopback port: JWTs for services, and opaque tokens for its userinfo endpoint. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { type AdapterFactory, type AdapterPayload, Provider } from 'oidc-provider'

/** The service that tokens are made for: their audience. */
export const AUDIENCE = 'https://freshwave.example.com'
const CLIENT = { client_id: 'robot', client_secret: 'robot-secret' }

/** The claims of a user. */
export type UserClaims = {
  preferred_username?: string
  groups?: string[]
  scope?: string
  [claim: string]: unknown
}

/** Parts of a token that differ from those of a valid one; `undefined` leaves a claim out. */
export type TokenParts = {
  key?: CryptoKey | Uint8Array
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
}

export type OpenIdIssuer = {
  /** Its name, which is also the root of its addresses. */
  url: string
  userinfoUrl: string
  /** Paths of received requests, in order. */
  requests: string[]
  /** A JWT of the client credentials grant, with these claims besides the standard ones. */
  token(claims: UserClaims): Promise<string>
  /** A token without content, which only the issuer can read. */
  opaqueToken(claims: UserClaims): Promise<string>
  /** Signs any token: by default with the issuer's key, and with claims that make it valid for this service. */
  sign(token?: TokenParts): Promise<string>
  /** Signs with a new key from now on, and no longer publishes the previous one. */
  rotateKey(): Promise<void>
  /** Its public keys. */
  keys(): Promise<JWK[]>
  /** Answers everything with 503. */
  setDown(isDown: boolean): void
  stop(): Promise<void>
}

/** Starts the issuer. */
export async function startOpenIdIssuer(): Promise<OpenIdIssuer> {
  const requests: string[] = []
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server, never a pipe
  let isDown = false
  let claims: UserClaims = {}
  let provider: Provider
  let signingKey: SigningKey
  let answer: RequestListener
  server.on('request', (request, response) => {
    requests.push(request.url ?? '')
    if (isDown) response.writeHead(503).end('down for maintenance')
    else answer(request, response)
  })
  const rotateKey = async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    signingKey = { privateKey, kid: crypto.randomUUID() }
    provider = await createProvider(url, signingKey, () => claims)
    answer = provider.callback()
  }
  await rotateKey()
  return {
    url,
    userinfoUrl: `${url}/me`,
    requests,
    rotateKey,
    sign: ({ key = signingKey.privateKey, header, claims: changed } = {}) => {
      const standard = { iss: url, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) + 60 }
      return new SignJWT({ ...standard, ...changed })
        .setProtectedHeader({ alg: 'ES256', kid: signingKey.kid, ...header })
        .sign(key)
    },
    token: (requested) => {
      claims = requested
      return requestToken(url, requested.scope ?? '')
    },
    opaqueToken: (requested) => {
      claims = requested
      return createOpaqueToken(provider)
    },
    keys: async () => JSON.parse(await (await fetch(`${url}/jwks`)).text()).keys,
    setDown: (down) => {
      isDown = down
    },
    stop: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

/** Requests a token with the client credentials grant. */
async function requestToken(url: string, scope: string): Promise<string> {
  const form = { grant_type: 'client_credentials', ...CLIENT, resource: AUDIENCE, scope }
  const response = await fetch(`${url}/token`, { method: 'POST', body: new URLSearchParams(form) })
  const { access_token: token } = JSON.parse(await response.text())
  if (typeof token !== 'string') throw new Error(`no token: ${response.status}`)
  return token
}

/** The token that a user would get after a login, which the tests skip. */
async function createOpaqueToken(provider: Provider): Promise<string> {
  const client = await provider.Client.find(CLIENT.client_id)
  if (!client) throw new Error('no client')
  const grant = new provider.Grant({ accountId: 'someone', clientId: client.clientId })
  grant.addOIDCScope('openid')
  const grantId = await grant.save()
  const options = { accountId: 'someone', client, grantId, gty: 'authorization_code', scope: 'openid' }
  return new provider.AccessToken(options).save()
}

type SigningKey = { privateKey: CryptoKey; kid: string }

async function createProvider(
  url: string,
  { privateKey, kid }: SigningKey,
  claims: () => UserClaims,
): Promise<Provider> {
  const key = { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' }
  return new Provider(url, {
    jwks: { keys: [key] },
    clients: [
      {
        ...CLIENT,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    adapter: inMemory(),
    ttl: { AccessToken: 600, ClientCredentials: 600, Grant: 600 },
    claims: { openid: ['sub', 'preferred_username', 'groups', 'scope'] },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ ...claims(), sub: accountId }) }),
    extraTokenClaims: () => claims(),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      userinfo: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: claims().scope ?? '',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  })
}

/** Where the issuer keeps its tokens; its own store in memory warns on every start. */
function inMemory(): AdapterFactory {
  const stored = new Map<string, AdapterPayload>()
  const nothing = async () => undefined
  return (kind) => ({
    upsert: async (id, payload) => void stored.set(`${kind} ${id}`, payload),
    find: async (id) => stored.get(`${kind} ${id}`),
    destroy: async (id) => void stored.delete(`${kind} ${id}`),
    consume: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    revokeByGrantId: nothing,
  })
}
