/** The keys that an OpenID issuer signs with: fetched when needed, and again when a token names one that is not known yet. */
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey, type RemoteJWKSet } from 'jose'
import { messageOf, UpstreamError } from '../../lib/errors.ts'
import type { HttpClient } from '../../lib/http/client.ts'
import { configurationSchema, keySetSchema } from './schema.ts'

/** `jwksUri` empty: as the issuer's configuration says. Times in milliseconds. */
export type KeyOptions = {
  http: HttpClient
  issuer: string
  jwksUri: string
  timeoutMs: number
  /** Min time between two fetches for unknown keys, which anyone can cause. */
  cooldownMs: number
  now: () => number
}

/** Keys that are older are fetched again before they are used. */
const FRESH_MS = 600_000
/** How long they stay in use while the issuer does not answer; one that it has withdrawn is not noticed meanwhile. */
const MAX_AGE_MS = 86_400_000

/** Errors of jose that are about the token, and not about the keys. */
const TOKEN_ERRORS = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]

/**
 * Finds the key of a token by the key id and algorithm in its header; all else in the header (`jku`, `x5u`, `jwk`) is ignored.
 * An issuer that did not answer is queried again only after the cooldown; keys that are known stay in use meanwhile, for a day.
 * @throws UpstreamError when there are no keys, and errors of jose about the token
 */
export function createKeyFinder(options: KeyOptions): JWTVerifyGetKey {
  const { http, issuer, timeoutMs, cooldownMs, now } = options
  const afterCooldown = createCooldown(options)
  let keys: Promise<RemoteJWKSet> | undefined
  let fetchedAt: number | undefined

  async function openKeys(): Promise<RemoteJWKSet> {
    const uri = options.jwksUri || (await afterCooldown(() => readConfiguration(http, issuer)))
    const request = { path: uri, label: 'keys of the issuer', followRedirects: false }
    return createRemoteJWKSet(new URL(uri), {
      timeoutDuration: timeoutMs,
      cooldownDuration: cooldownMs,
      cacheMaxAge: Number.POSITIVE_INFINITY,
      [customFetch]: async () => {
        const keySet = await afterCooldown(() => http.json(request, keySetSchema))
        fetchedAt = now()
        return Response.json(keySet)
      },
    })
  }

  async function refresh(known: RemoteJWKSet): Promise<void> {
    const age = fetchedAt === undefined ? 0 : now() - fetchedAt
    if (age <= FRESH_MS) return
    await known.reload().catch((error: unknown) => {
      if (age > MAX_AGE_MS) throw error
    })
  }

  return async (header, token) => {
    keys ??= openKeys().catch((error: unknown) => {
      keys = undefined
      throw error
    })
    const find = await keys
    try {
      await refresh(find)
      return await find(header, token)
    } catch (thrown) {
      if (thrown instanceof UpstreamError || TOKEN_ERRORS.some((kind) => thrown instanceof kind)) throw thrown
      throw new UpstreamError({ service: 'openid', failure: 'odd-answer', detail: messageOf(thrown) })
    }
  }
}

/** Runs fetches, and after one that failed throws its error again for the length of the cooldown. */
function createCooldown({ cooldownMs, now }: KeyOptions) {
  let failure: { error: unknown; until: number } | undefined
  return async <T>(fetch: () => Promise<T>): Promise<T> => {
    if (failure && failure.until > now()) throw failure.error
    try {
      const result = await fetch()
      failure = undefined
      return result
    } catch (error) {
      failure = { error, until: now() + cooldownMs }
      throw error
    }
  }
}

/** @throws UpstreamError, also when the configuration belongs to another issuer */
async function readConfiguration(http: HttpClient, issuer: string): Promise<string> {
  const path = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`
  const found = await http.json({ path, followRedirects: false }, configurationSchema)
  if (found.issuer !== issuer)
    throw new UpstreamError({
      service: 'openid',
      failure: 'odd-answer',
      detail: `${path} is about another issuer, ${found.issuer}`,
    })
  return found.jwks_uri
}
