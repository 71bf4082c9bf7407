/** Every way to log in, with real parts: how to start the API with it, and how the users of the tests send requests. */
import { expect } from 'vitest'
import { AUDIENCE, type OpenIdIssuer, startOpenIdIssuer, type UserClaims } from '../servers/openid-issuer.ts'
import { groupDn, startSlapd, USER_BASE } from '../servers/slapd.ts'
import type { Incoming } from './api.ts'

/** Users named after their permissions; the owner is a rebuilder who requested the event. */
export const USERS = ['stranger', 'rebuilder', 'async', 'owner', 'admin'] as const
export type TestUser = (typeof USERS)[number]

/** The holders of each role. */
export const HOLDERS = {
  admin: ['admin'],
  manual_rebuilder: ['rebuilder', 'owner'],
  freshmaker_async_rebuilders: ['async'],
} as const satisfies Record<string, TestUser[]>

/** The address of the trusted proxy. */
export const PROXY = '10.0.0.1'

/** A kind of login that is ready for use. */
export type Logins = {
  env: Record<string, string>
  /** The settings file. */
  file: string
  /** What a request of this user has besides method and path. */
  as(user: TestUser): Promise<Incoming>
  /** The same for a caller that has not logged in. */
  anonymous: Incoming
  /** The user name as it appears in texts and rows. */
  nameOf(user: TestUser): string
  /** The message of the 401 that an anonymous caller gets. */
  refusal: string
  /** How the OpenAPI document describes the login. */
  schemes: Record<string, object>
  /** Where tokens come from; only with openidc. */
  issuer?: OpenIdIssuer
  stop(): Promise<void>
}

const viaProxy = (headers: Record<string, string> = {}): Incoming => ({ from: PROXY, headers })
const fileOf = (settings: Record<string, unknown>) =>
  JSON.stringify({ trusted_proxies: [PROXY], ...settings }) // YAML too
const roles = (kind: 'users' | 'groups', nameOf: (holder: string) => string) =>
  Object.fromEntries(
    Object.entries(HOLDERS).map(([role, holders]) => [
      role,
      { [kind]: kind === 'groups' ? [nameOf(role)] : holders.map(nameOf) },
    ]),
  )
const TICKET = expect.objectContaining({ type: 'http', scheme: 'negotiate' })
const CERTIFICATE = expect.objectContaining({ type: 'mutualTLS' })
const BEARER = { type: 'http', scheme: 'bearer' }
const discovered = (issuer: string) => ({
  type: 'openIdConnect',
  openIdConnectUrl: `${issuer}/.well-known/openid-configuration`,
})
const nothing = async () => undefined

/** Kerberos behind a proxy; roles by groups of the directory. */
async function kerberos(backend = 'kerberos'): Promise<Logins> {
  const slapd = await startSlapd({ groups: { ...HOLDERS, visitors: ['stranger'] } })
  return {
    env: { AUTH_BACKEND: backend },
    file: fileOf({
      auth_ldap_server: slapd.url,
      auth_ldap_user_base: USER_BASE,
      permissions: roles('groups', groupDn),
    }),
    as: async (user) => viaProxy({ 'X-Remote-User': `${user}@EXAMPLE.COM` }),
    anonymous: viaProxy(),
    nameOf: (user) => user,
    refusal: 'REMOTE_USER is not present in request.',
    schemes: { kerberos: TICKET },
    stop: slapd.stop,
  }
}

const subjectOf = (user: string) => `CN=${user},OU=Builds,O=Example`

/** Certificates that a proxy has checked; roles by subject. */
async function ssl(): Promise<Logins> {
  return {
    env: { AUTH_BACKEND: 'ssl' },
    file: fileOf({ permissions: roles('users', subjectOf) }),
    as: async (user) => viaProxy({ 'X-SSL-Client-Verify': 'SUCCESS', 'X-SSL-Client-S-DN': subjectOf(user) }),
    anonymous: viaProxy({ 'X-SSL-Client-Verify': 'NONE' }),
    nameOf: subjectOf,
    refusal: 'Cannot verify client: NONE',
    schemes: { certificate: CERTIFICATE },
    stop: nothing,
  }
}

/** A ticket takes precedence, and here every user has one; without a ticket the refusal is that of certificates. */
async function kerberosOrSsl(): Promise<Logins> {
  return {
    ...(await kerberos('kerberos_or_ssl')),
    refusal: 'Cannot verify client: None',
    schemes: { kerberos: TICKET, certificate: CERTIFICATE },
  }
}

const SCOPES = 'openid https://freshwave.example.com/submit-build'
const OPENID = {
  auth_openidc_required_scopes: ['openid'],
  oidc_base_namespace: 'https://freshwave.example.com/',
  permissions: roles('groups', (role) => `${role}s`),
}
const claimsOf = (user: TestUser): UserClaims => ({
  preferred_username: user,
  groups: Object.entries(HOLDERS).flatMap(([role, holders]) =>
    holders.some((holder) => holder === user) ? [`${role}s`] : [],
  ),
  scope: SCOPES,
})

/** Tokens without a proxy; roles by groups of the claims. */
async function openidc(kind: 'token' | 'opaqueToken'): Promise<Logins> {
  const issuer = await startOpenIdIssuer()
  const verification = { auth_openidc_issuer: issuer.url, auth_openidc_audience: AUDIENCE }
  return {
    env: { AUTH_BACKEND: 'openidc' },
    file: fileOf({
      ...OPENID,
      ...(kind === 'token' ? verification : { auth_openidc_userinfo_uri: issuer.userinfoUrl }),
    }),
    as: async (user) => ({ headers: { Authorization: `Bearer ${await issuer[kind](claimsOf(user))}` } }),
    anonymous: {},
    nameOf: (user) => user,
    refusal: 'Missing token passed to Freshmaker.',
    schemes: { token: expect.objectContaining(kind === 'token' ? discovered(issuer.url) : BEARER) },
    issuer,
    stop: issuer.stop,
  }
}

/** All kinds of login, by their name in test titles. */
export const LOGINS: Record<string, () => Promise<Logins>> = {
  kerberos: () => kerberos(),
  ssl,
  kerberos_or_ssl: kerberosOrSsl,
  'openidc (tokens checked here)': () => openidc('token'),
  'openidc (userinfo)': () => openidc('opaqueToken'),
}

/** Starts the kind with this name. @throws Error for an unknown name */
export async function startLogins(kind: string): Promise<Logins> {
  const start = LOGINS[kind]
  if (!start) throw new Error(`unknown login: ${kind}`)
  return start()
}
