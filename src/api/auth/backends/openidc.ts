/** AUTH_BACKEND=openidc: a bearer token, checked here or by the issuer's userinfo endpoint (behaviour/freshmaker 4). */
import { type Claims, TokenRefused } from '../../../clients/openid/client.ts'
import { messageOf } from '../../../lib/errors.ts'
import { ApiError } from '../../errors.ts'
import { type Backend, type LoginContext, type LoginRequest, notAuthenticated } from '../login.ts'

const MAX_TOKEN = 10_000

/** With `auth_openidc_issuer` the token alone counts; without it, name and scopes may also come from a trusted proxy. */
export const openidc: Backend = async (request, ctx) => {
  const { file } = ctx
  const token = tokenOf(request, ctx)
  if (!token) throw notAuthenticated('Missing token passed to Freshmaker.')
  if (token.length > MAX_TOKEN) throw notAuthenticated(`The token is longer than ${MAX_TOKEN} characters.`)
  const { name, groups, scopes } = file.auth_openidc_issuer
    ? await claimsOf(ctx, 'verify', token)
    : withProxy(request, ctx, await claimsOf(ctx, 'userinfo', token))
  if (!scopes) throw notAuthenticated('Missing OIDC_CLAIM_scope.')
  const missing = file.auth_openidc_required_scopes.find((scope) => !scopes.includes(scope))
  if (missing !== undefined) throw notAuthenticated(`Required OIDC scope ${missing} not present.`)
  if (name === null)
    throw notAuthenticated(
      `The token's user has no "${file.auth_openidc_username_claim}", which is the user name.`,
    )
  return { name, credential: 'token', groups, scopes }
}

/** `Authorization: Bearer`, or the header in which mod_auth_openidc passes the token on. */
function tokenOf(request: LoginRequest, { file }: LoginContext): string | undefined {
  const bearer = /^Bearer +([\w.~+/=-]+)$/i.exec(request.header('authorization') ?? '')?.[1]
  return bearer ?? request.proxyHeader(file.auth_proxy_headers.token)
}

async function claimsOf(
  { clients, log }: LoginContext,
  how: 'verify' | 'userinfo',
  token: string,
): Promise<Claims> {
  if (!clients.openid) throw new Error('no client for the backend openidc')
  try {
    return await clients.openid[how](token)
  } catch (error) {
    if (error instanceof TokenRefused) throw notAuthenticated(error.message)
    log.warn({ reason: messageOf(error) }, 'could not check token')
    throw new ApiError(
      503,
      'The token cannot be checked, because its issuer does not answer. Try again later.',
    )
  }
}

function withProxy(request: LoginRequest, { file }: LoginContext, claims: Claims): Claims {
  const { user, scope } = file.auth_proxy_headers
  const scopes = request.proxyHeader(scope)?.split(/\s+/)
  return { ...claims, name: request.proxyHeader(user) ?? claims.name, scopes: scopes ?? claims.scopes }
}
